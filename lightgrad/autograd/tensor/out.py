"""The argument ``out=``: a result written into a tensor that exists, as in torch."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from lightgrad.autograd.dispatch import describe, out_of_memory
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.mode import is_grad_enabled, no_grad
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor.operators import Operators
from lightgrad.errors import BackwardError, DtypeError, LightgradError, ShapeError

_F = TypeVar("_F", bound=Callable[..., Any])

#: the functions that take ``out=``, which are those of torch
_NAMES = """
    abs absolute acos add addbmm addcdiv addcmul addmm addmv addr all amax amin any argmax
    argmin asin atan atan2 baddbmm
    bitwise_and bitwise_not bitwise_or bitwise_xor bmm cat ceil clamp clamp_max clamp_min clip
    column_stack concat concatenate cos cosh cumprod cumsum diag div divide dot dstack eq erf erfc
    exp exp2 expm1 floor hstack row_stack vstack
    floor_divide fmod frac gather ge gt hardshrink index_add index_select inner le lerp log
    log10 log1p log2 log_softmax logical_and logical_not logical_or logical_xor logsumexp lt
    masked_select matmul max maximum mean min minimum mm mul multiply mv nan_to_num ne neg
    negative nonzero norm outer pow prod reciprocal remainder round rsqrt scatter scatter_add
    searchsorted sigmoid sign sin sinh softmax sort sqrt square stack std sub subtract sum
    take_along_dim tan tanh tensordot topk tril triu true_divide trunc var where xlogy
    acosh arccos arccosh arcsin arcsinh arctan arctan2 arctanh asinh atanh bitwise_left_shift
    bitwise_right_shift copysign deg2rad digamma erfinv fix float_power fmax fmin gcd greater
    greater_equal heaviside hypot isneginf isposinf lcm ldexp less less_equal lgamma logaddexp
    logaddexp2 logit mvlgamma nextafter not_equal rad2deg sgn signbit sinc index_copy
    scatter_reduce take bucketize diff histc
    linalg_lu_solve lu_solve linalg_solve_triangular linalg_svd linalg_vector_norm svd
    linalg_matrix_rank linalg_norm linalg_matrix_norm nanquantile quantile linalg_vecdot polygamma
    linalg_lstsq linalg_qr linalg_svdvals nanmean nansum qr linalg_pinv linalg_solve linalg_lu
    linalg_lu_factor lu lu_unpack cholesky matrix_power triangular_solve kthvalue cholesky_inverse
    cholesky_solve avg_pool2d avg_pool3d aminmax det linalg_eigh linalg_eigvalsh inverse
    linalg_multi_dot slogdet mode gelu normalize slice_scatter logcumsumexp softshrink renorm
    conj_physical cross cummax cummin isin kron linalg_cond linalg_cross msort logsigmoid softplus
    vdot median nanmedian linear special_entr special_ndtr special_xlog1py
"""
TAKING = frozenset(_NAMES.split())


def written(op: str, out: Any, compute: Callable[[], Any], given: Any) -> Any:
    """Write the results of ``compute()``, unrecorded, into ``out``, and return that.

    ``given`` are the arguments of the call: while gradients are recorded, none of them may
    require gradients.  A result is cast to the dtype of ``out``, where torch's ``can_cast``
    allows it.  A tensor without elements takes the shape of the result.
    """
    several = isinstance(out, (tuple, list))
    targets = tuple(out) if several else (out,)
    for t in targets:
        if not isinstance(t, Operators):
            raise DtypeError(f"{op}: out must be a tensor, not {type(t).__name__}")
    if is_grad_enabled():
        for t in _tensors((targets, given)):
            if t._has_history():
                raise BackwardError(
                    f"{op}: functions with out=... arguments don't support automatic "
                    f"differentiation, but one of the arguments requires grad (shape {t.shape}); "
                    f"leave out= away, detach() the argument, or write inside no_grad()"
                )
    with no_grad():
        results = compute()
        outputs = tuple(results) if isinstance(results, tuple) else (results,)
        if len(outputs) != len(targets) or several != isinstance(results, tuple):
            what = "a tensor" if len(outputs) == 1 else f"a tuple of {len(outputs)} tensors"
            raise DtypeError(f"{op}: out must be {what}, as the result is, not {describe((out,))}")
        ready = [_fitted(op, t, r) for t, r in zip(targets, outputs, strict=True)]
        for t, r in zip(targets, ready, strict=True):
            _write(t, r)
    if not several:
        return out
    make = getattr(type(results), "_make", type(results))  # a named tuple stays one
    return make(targets)


def _tensors(values: Any) -> Iterator[Any]:
    for v in values.values() if isinstance(values, dict) else values:
        if isinstance(v, Operators):
            yield v
        elif isinstance(v, (tuple, list, dict)):
            yield from _tensors(v)


def _fitted(op: str, out: Any, result: Any) -> Any:
    """The result in the dtype of ``out``, if it may be written there."""
    out._same_device(result, op)
    if out.shape != result.shape and (out.numel() or _is_watched(out)):
        raise ShapeError(
            f"{op}: out has shape {out.shape}, the result {result.shape}; give a tensor of that "
            f"shape, or light.empty(0, requires_grad=False), which takes any"
        )
    if out._origin is not None:
        out._check_writable(op, False)
    return out._in_my_dtype(result, f"{op}: out")


def _is_watched(out: Any) -> bool:
    """Whether a view or a graph relies on the shape of a tensor."""
    storage = out._storage
    return out._edge is not None or (storage is not None and storage.views is not None)


def _write(out: Any, result: Any) -> None:
    if result._storage is not None:  # somebody else has it too
        result = result._copied()
    if out.shape != result.shape:
        out._hold(result._data)
    else:
        out._write(result)
    out._touch()


#: what NumPy raises for sizes that it cannot get, or cannot count
_TOO_LARGE = (MemoryError, ValueError)


def factory(make: _F) -> _F:
    """A function that makes tensors, with ``out=``, and with its name on failed requests."""
    op = make.__name__

    @functools.wraps(make)
    def named(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            return _made(op, named, out, args, kwargs)
        try:
            return make(*args, **kwargs)
        except _TOO_LARGE as error:
            if isinstance(error, LightgradError):
                raise
            raise out_of_memory(op, error, describe(args)) from None

    return renamed(named, op)  # type: ignore[return-value]


def _made(op: str, make: Any, out: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """The tensor that a factory makes, in the dtype and on the device of ``out``."""
    call = inspect.signature(make).bind(*args, **kwargs)
    given = call.arguments
    wanted = given.get("requires_grad")
    given["requires_grad"] = False
    if isinstance(out, Operators):
        like: Any = out
        dtype = given.get("dtype")
        given["dtype"] = like.dtype if dtype is None else as_dtype(dtype)
        if given["dtype"] != like.dtype:
            raise DtypeError(f"{op}: dtype is {given['dtype']}, but out has {like.dtype}")
        given.setdefault("device", type(out))
    written(op, out, lambda: make(*call.args, **call.kwargs), (args, kwargs))
    return out.requires_grad_() if wanted else out
