"""Rules of means, deviations and covariances: mean, var, std, cov."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DTypeLike, Number, Tensor
from lightgrad.autograd.dtypes import DEFAULT, FLOATS, as_dtype, number
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.reduction import Reduction, count, need_float, prepare_cast, spread_back
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.signatures import signature_of
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


@op()
class mean(Function):
    """:math:`\\frac{1}{n} \\sum_i a_i` over some axes, or all.  Source: torch.mean.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=False).mean(dim=0)
    tensor([2., 3.])
    """

    __slots__ = ("before", "dims")
    opmath = True
    single = True

    prepare = staticmethod(prepare_cast("mean", True))

    @staticmethod
    def composite(t: Tensor, dims: Shape | None, keepdim: bool) -> Tensor:
        n, total = count(t.shape, dims), t.sum(dims, keepdim)
        # of nothing: its second gradient is a sum of nothing, that is 0, and 0 * nan is not
        return total.mul(1 / n) if n else total.add(math.nan)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.dims, _ = inputs
        ctx.before = t._shape

    def backward(ctx, grad: Tensor) -> Tensor:
        before, dims = ctx.before, ctx.dims
        return spread_back(grad.div(max(count(before, dims), 1)), before, dims)


def _prepare_spread(op: str) -> Callable[..., tuple[Any, ...]]:
    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Number | None = None,
        axis: Axes | None = None,
        keepdims: bool | None = None,
        ddof: Number | None = None,
    ) -> tuple[Any, ...]:
        if isinstance(dim, bool):  # torch's x.var(False)
            dim, unbiased = None, dim
        correction = shapes.alias(op, "correction", correction, "ddof", ddof)
        if unbiased is not None:
            correction = shapes.alias(op, "correction", correction, "unbiased", int(bool(unbiased)))
        need_float(op, t)
        keepdim = shapes.alias(op, "keepdim", keepdim, "keepdims", keepdims)
        dims = shapes.axes(op, shapes.alias(op, "dim", dim, "axis", axis), t.ndim)
        correction = 1 if correction is None else number(op, "correction", correction)
        return t, dims, bool(keepdim), correction

    return prepare


class _Spread(Reduction):
    __slots__ = ("freedom",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        Reduction.setup_context(ctx, inputs, output)
        ctx.freedom = count(inputs[0].shape, ctx.dims) - inputs[3]


@op()
class var(_Spread):
    """:math:`\\frac{1}{n - c} \\sum_i (a_i - \\bar a)^2` with correction c = 1.

    ``unbiased=False`` stands for c = 0.  Source: torch.var.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 3.0], requires_grad=False).var()
    tensor(1.)
    """

    __slots__ = ()
    keeps = "input"
    prepare = staticmethod(_prepare_spread("var"))

    def backward(ctx, grad: Tensor) -> Tensor:
        t: Tensor
        (t,) = ctx.get_saved_tensors()
        (grad,) = ctx.kept(t, grad)
        scale = 2 / ctx.freedom if ctx.freedom > 0 else math.nan
        return t.sub(t.mean(ctx.dims, True)).mul(grad.mul(scale))


@op()
class std(_Spread):
    """The square root of :meth:`var`; its gradient at zero is zero.  Source: torch.std.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0, 5.0], requires_grad=False).std()
    tensor(2.)
    """

    __slots__ = ()
    prepare = staticmethod(_prepare_spread("std"))

    def backward(ctx, grad: Tensor) -> Tensor:
        t: Tensor
        t, y = ctx.get_saved_tensors()
        flat = y.eq(0)
        scale = 1 / ctx.freedom if ctx.freedom > 0 else math.nan
        slope = grad.mul(scale).div(y.masked_fill(flat, 1)).masked_fill(flat, 0)
        return t.sub(t.mean(ctx.dims, True)).mul(*ctx.kept(t, slope))


@op()
def var_mean(t: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """The pair (variance, mean), with the arguments of var.  Source: torch.var_mean.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 3.0], requires_grad=False).var_mean()
    (tensor(1.), tensor(2.))
    """
    spread = t.var(*args, **kwargs)
    _, dims, keepdim, _ = var.prepare(t, *args, **kwargs)
    return spread, t.mean(dims, keepdim)


_pair = signature_of(var).replace(return_annotation="tuple[Tensor, Tensor]")
var_mean.__signature__ = _pair  # type: ignore[attr-defined]


@op()
def std_mean(t: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """The pair (standard deviation, mean), with the arguments of var.  Source: torch.std_mean.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0, 5.0], requires_grad=False).std_mean()
    (tensor(2.), tensor(3.))
    """
    spread = t.std(*args, **kwargs)
    _, dims, keepdim, _ = var.prepare(t, *args, **kwargs)
    return spread, t.mean(dims, keepdim)


std_mean.__signature__ = _pair  # type: ignore[attr-defined]


def _without_nan(t: Tensor) -> tuple[Tensor, Tensor]:
    missing = t.detach().isnan()
    return t.masked_fill(missing, 0), missing


@op()
def nansum(
    t: Tensor,
    dim: Axes | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """`sum` of the elements that are not nan.  Source: torch.nansum.

    >>> import lightgrad as light
    >>> light.tensor([1.0, float("nan"), 2.0], requires_grad=False).nansum()
    tensor(3.)
    """
    given = _without_nan(t)[0] if t.dtype in FLOATS else t
    return given.sum(dim, keepdim, dtype=dtype)


@op()
def nanmean(
    t: Tensor,
    dim: Axes | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """`mean` of the elements that are not nan.  Source: torch.nanmean.

    >>> import lightgrad as light
    >>> light.tensor([1.0, float("nan"), 2.0], requires_grad=False).nanmean()
    tensor(1.5)
    """
    need_float("nanmean", t)
    given, missing = _without_nan(t)
    return given.sum(dim, keepdim, dtype=dtype).div(missing.logical_not().sum(dim, keepdim))


class Extrema(NamedTuple):
    """The smallest and the largest."""

    min: Tensor
    max: Tensor


@op()
def aminmax(t: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Extrema:
    """The pair (amin, amax).  Source: torch.aminmax.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 2]).aminmax()
    Extrema(min=tensor(1), max=tensor(3))
    """
    return Extrema(t.amin(dim, keepdim), t.amax(dim, keepdim))


def _weights(name: str, t: Tensor, weights: Tensor | None, n: int) -> Tensor | None:
    if weights is None:
        return None
    if isinstance(weights, AbstractTensor) and n == 1 and not weights.ndim:
        weights = weights.reshape((1,))
    if not isinstance(weights, AbstractTensor) or weights.shape != (n,):
        raise ShapeError(f"{name}: weights must be a tensor of shape ({n},), one per observation")
    return weights.to(t.dtype)


@op()
@owning
def cov(
    t: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """The covariances of variables, a row of observations each.  Source: torch.cov.

    ``fweights`` says how often an observation counts, ``aweights`` how much.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 3.0], [1.0, 5.0]], requires_grad=False).cov()
    tensor([[2., 4.],
            [4., 8.]])
    """
    if t.ndim > 2:
        raise ShapeError(f"cov: expected variables (V, N) or (N,), not shape {t.shape}")
    rows = t.reshape((1, -1)) if t.ndim < 2 else t
    rows = rows if rows.dtype in FLOATS else rows.to(DEFAULT)
    n = rows.shape[1]
    often, much = (_weights("cov", rows, w, n) for w in (fweights, aweights))
    if fweights is not None and as_dtype(fweights.dtype).kind not in "iu":
        raise DtypeError(f"cov: fweights must be whole numbers, not {fweights.dtype}")
    for name, w in (("fweights", often), ("aweights", much)):
        if w is not None and bool(w.detach().lt(0).any()):
            raise ArgumentError(f"cov: {name} must not be negative")
    weight = often if much is None else much if often is None else often.mul(much)
    if weight is None:
        freedom: Any = max(n - correction, 0)
        away = rows.sub(rows.mean(1, True))
        product = away.matmul_left_backward(away)
    else:
        total = weight.sum()
        away = rows.sub(rows.mul(weight).sum(1, True).div(total))
        product = away.mul(weight).matmul_left_backward(away)
        lost = total if much is None else weight.mul(much).sum()
        freedom = total.sub(lost.div(total).mul(correction)).clamp_min(0)
        freedom = freedom if much is not None else total.sub(correction).clamp_min(0)
    product = product.div(freedom) if weight is not None or freedom else product.div(0.0)
    return product.squeeze()


@op()
def corrcoef(t: Tensor) -> Tensor:
    """The correlations of variables, a row of observations each.  Source: torch.corrcoef.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 3.0, 2.0], [1.0, 5.0, 3.0]], requires_grad=False).corrcoef()
    tensor([[1., 1.],
            [1., 1.]])
    """
    if t.ndim > 2:
        raise ShapeError(f"corrcoef: expected variables (V, N) or (N,), not shape {t.shape}")
    spread = t.cov()
    if not spread.ndim:
        return spread.div(spread)
    deviations = spread.diagonal().sqrt()
    return spread.div(deviations.unsqueeze(1)).div(deviations).clamp(-1, 1)
