"""``vmap``: a function of one sample as a function of many."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.batching import Level, entered, unwrapped, wrapped
from lightgrad.autograd.batching.tensor import drawn
from lightgrad.autograd.contract import Met, is_tensor
from lightgrad.autograd.functional.trees import kind, leaves, mapped, rebuilt
from lightgrad.errors import VmapError


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The function that computes ``func`` of every sample at once.

    .. math:: (x_1, ..., x_n) \\mapsto (f(x_1), ..., f(x_n))

    ``in_dims`` says which axis of each positional argument counts the samples: a number for
    all, None for what is the same for every sample, or a nest of those in the form of the
    arguments; keywords are the same for all.  ``out_dims`` says where the axis is in the
    results.  With ``randomness`` "error" nothing may be drawn inside, with "same" all samples
    get the same numbers, with "different" each its own.  ``chunk_size`` samples at most are
    computed at once.

    Most operations run once for all samples; one that has no rule for that runs once for each,
    with a :class:`VmapFallbackWarning`.  The numbers of a sample are not to be looked at: an
    ``if``, ``item()`` or ``tolist()`` of them is a :class:`VmapError`.  Maps can be nested, and
    mixed with the derivatives of this module.  Source: torch.func.vmap.

    >>> import lightgrad as light
    >>> from lightgrad.autograd.functional import grad, vmap
    >>> x = light.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=False)
    >>> vmap(light.dot)(x, x)
    tensor([ 5., 25.])
    >>> vmap(grad(lambda w, x: (w * x).sum() ** 2), (None, 0))(light.ones(2), x)
    tensor([[ 6., 12.],
            [42., 56.]])
    """
    if randomness not in ("error", "same", "different"):
        raise VmapError(
            f"vmap: randomness must be 'error', 'same' or 'different', not {randomness!r}"
        )
    if chunk_size is not None and chunk_size < 1:
        raise VmapError(f"vmap: chunk_size must be None or above 0, not {chunk_size!r}")

    @functools.wraps(func)
    def all_at_once(*args: Any, **kwargs: Any) -> Any:
        values, dims = _given(args, in_dims)
        size = _size(values, dims)
        step = size if chunk_size is None else chunk_size
        if step >= size:
            return _mapped(func, args, kwargs, values, dims, size, out_dims, randomness)
        chunks = []
        for start in range(0, size, step):
            n = min(step, size - start)
            pairs = zip(values, dims, strict=True)
            part = [v if d is None else v.narrow(d, start, n) for v, d in pairs]
            chunks.append(_mapped(func, args, kwargs, part, dims, n, out_dims, randomness))
        return _joined(chunks, out_dims)

    return all_at_once


def _given(args: tuple[Any, ...], in_dims: Any) -> tuple[list[Any], list[Any]]:
    """The leaves of the arguments, and the axis of samples of each."""
    if not args:
        raise VmapError("vmap: the function was called without positional arguments to map over")
    if not isinstance(in_dims, (int, tuple, list)) or isinstance(in_dims, bool):
        raise VmapError(
            f"vmap: in_dims must be a number, or a tuple in the form of the arguments, not "
            f"{in_dims!r}"
        )
    values = [v for _, v in leaves(args, "input")]
    dims = _spread("in_dims", args, tuple(in_dims) if isinstance(in_dims, list) else in_dims)
    return values, [_axis(v, d) for v, d in zip(values, dims, strict=True)]


def _spread(what: str, tree: Any, dims: Any) -> list[Any]:
    """One axis for each leaf of a nest; one for a part of it is that of all leaves there."""
    if tree is None:
        return []
    if not isinstance(tree, (dict, list, tuple)):
        if dims is not None and type(dims) is not int:
            raise VmapError(f"vmap: {what} has {dims!r} where there is a {kind(tree)}")
        return [dims]
    items = list(tree.values()) if isinstance(tree, dict) else list(tree)
    if dims is None or type(dims) is int:
        inner = [dims] * len(items)
    elif isinstance(tree, dict) and isinstance(dims, dict) and dims.keys() == tree.keys():
        inner = [dims[key] for key in tree]
    elif isinstance(dims, (list, tuple)) and len(dims) == len(items):
        inner = list(dims)
    else:
        raise VmapError(
            f"vmap: {what} {dims!r} does not have the form of what it is for, a {kind(tree)} of "
            f"{len(items)}"
        )
    return [d for item, dim in zip(items, inner, strict=True) for d in _spread(what, item, dim)]


def _axis(value: Any, dim: Any) -> Any:
    if dim is None:
        return None
    if not is_tensor(value):
        raise VmapError(
            f"vmap: in_dims has {dim} for an argument that is no tensor, but {kind(value)}; use "
            f"None there"
        )
    rank = len(value._shape)
    if not -rank <= dim < rank:
        raise VmapError(
            f"vmap: in_dims has {dim} for a tensor of shape {tuple(value._shape)}, which has "
            f"{rank} axes"
        )
    return dim % rank


def _size(values: list[Any], dims: list[Any]) -> int:
    sizes = [int(v._shape[d]) for v, d in zip(values, dims, strict=True) if d is not None]
    if not sizes:
        raise VmapError("vmap: at least one tensor must be mapped over; in_dims has only None")
    if len(set(sizes)) > 1:
        raise VmapError(f"vmap: all tensors must have the same number of samples, not {sizes}")
    if not sizes[0]:
        raise VmapError("vmap: there are no samples")
    return sizes[0]


def _mapped(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    values: list[Any],
    dims: list[Any],
    size: int,
    out_dims: Any,
    randomness: str,
) -> Any:
    level = Level(size, randomness)
    given = iter(
        v if d is None else wrapped(v if d == 0 else v.movedim(d, 0), level)
        for v, d in zip(values, dims, strict=True)
    )
    args = tuple(rebuilt(a, given) for a in args)
    with entered(level, drawn):
        try:
            out = func(*args, **kwargs)
        except Met as met:  # no operation has taken it up
            raise VmapError(str(met)) from None
    where = iter(_out_axes(out, out_dims))

    def result(value: Any) -> Any:
        if value is not None and isinstance(value, (dict, list, tuple)):
            return mapped(result, value)
        if not is_tensor(value):
            raise VmapError(f"vmap: the function must return tensors only, not {kind(value)}")
        dim, inner = next(where), unwrapped(value, level)
        if dim is None:
            if inner is getattr(value, "_inner", None):
                raise VmapError("vmap: out_dims has None for what differs between the samples")
            return value
        return inner if dim % inner.ndim == 0 else inner.movedim(0, dim)

    return result(out)


def _out_axes(out: Any, out_dims: Any) -> list[Any]:
    return _spread("out_dims", out, out_dims)


def _joined(chunks: list[Any], out_dims: Any) -> Any:
    columns = zip(*([v for _, v in leaves(chunk, "output")] for chunk in chunks), strict=True)
    where = _out_axes(chunks[0], out_dims)
    whole = (
        parts[0] if dim is None else type(parts[0]).cat(list(parts), dim)
        for parts, dim in zip(columns, where, strict=True)
    )
    return rebuilt(chunks[0], iter(whole))
