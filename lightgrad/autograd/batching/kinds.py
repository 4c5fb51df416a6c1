"""Rules for kinds of operations on batched tensors: each makes one call on the tensors behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.batching.calls import Call, looped
from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.dtypes import as_dtype, result_dtype

Rule = Callable[[Call], Any]
WHOLE = slice(None)


def direct(call: Call) -> Any:
    """Of one tensor, alike for each element or for the last axes: nothing to do."""
    first, *rest = call.args
    if not call.is_mapped(first) or any(map(is_tensor, (*rest, *call.kwargs.values()))):
        return looped(call)
    return call.on(first._inner, *rest, **call.kwargs)


def elementwise(call: Call) -> Any:
    """Of tensors that broadcast: their axes are brought in line behind that of the samples."""
    args = call.args
    if call.fn.arity == 2 and not call.kwargs and len(args) == 2:
        args = args[0]._meet(args[1], call.fn)
    given = [*args, *call.kwargs.values()]
    rank = max(len(a._shape) for a in given if is_tensor(a))
    args = tuple(call.aligned(a, rank) for a in args)
    return call.on(*args, **{name: call.aligned(a, rank) for name, a in call.kwargs.items()})


def selection(call: Call) -> Any:
    """`where`: elementwise, in the dtype that the values of one sample have together."""
    t, condition, other = call.prepared()
    if is_tensor(t) and is_tensor(other):
        dtype = result_dtype(
            as_dtype(t._dtype), len(t._shape), as_dtype(other._dtype), len(other._shape)
        )
        t, other = t.to(dtype), other.to(dtype)
    return elementwise(Call(call.op, call.level, (t, condition, other), {}))


def onto(call: Call) -> Any:
    """The first tensor keeps its shape, so it has the axis of samples if another one has."""
    first, *rest = call.args
    rank = max(len(a._shape) for a in call.args if is_tensor(a))
    if len(rest) == 2 and call.is_mapped(rest[1]):
        return first.where(rest[0].logical_not(), rest[1].to(first._dtype))
    rest = [call.aligned(a, rank) for a in rest]
    named = {name: call.aligned(a, rank) for name, a in call.kwargs.items()}
    first = first.reshape((*(1,) * (rank - len(first._shape)), *first._shape))
    return call.on(call.whole(first), *rest, **named)


def reduction(*names: str) -> Rule:
    """Over some axes, or all: those of the sample."""

    def rule(call: Call) -> Any:
        dtype = call.kwargs.get("dtype") if call.fn.casts else None
        if dtype is not None:
            first = call.args[0].to(dtype)
            kwargs = {k: v for k, v in call.kwargs.items() if k != "dtype"}
            return rule(Call(call.op, call.level, (first, *call.args[1:]), kwargs)).to(dtype)
        t, dims, keepdim, *rest = call.prepared()
        options, inner, rank = dict(zip(names, rest, strict=True)), t._inner, len(t._shape)
        if rank == 0:
            return call.on(inner.unsqueeze(-1), dim=1, **options)
        if dims is None:
            out = call.on(inner.reshape((call.level.size, -1)), dim=1, **options)
            return out.reshape((1,) * rank) if keepdim else out
        shifted = dims + 1 if isinstance(dims, int) else tuple(d + 1 for d in dims)
        return call.on(inner, dim=shifted, keepdim=keepdim, **options)

    return rule


def along(*names: str) -> Rule:
    """Along one axis, with a result of the same shape."""

    def rule(call: Call) -> Any:
        dtype = call.kwargs.get("dtype") if call.fn.casts else None
        if dtype is not None:
            kwargs = {k: v for k, v in call.kwargs.items() if k != "dtype"}
            first = call.args[0].to(dtype)
            return rule(Call(call.op, call.level, (first, *call.args[1:]), kwargs)).to(dtype)
        t, dim, *rest = call.prepared()
        options = () if names else rest
        named = dict(zip(names, rest, strict=True)) if names else {}
        if not t._shape:
            return call.on(t._inner.unsqueeze(-1), 1, *options, **named).squeeze(-1)
        return call.on(t._inner, dim + 1, *options, **named)

    return rule


def picking(call: Call) -> Any:
    """`gather` and its like: every tensor has the same number of axes."""
    t, dim, *rest = call.prepared()
    if any(is_tensor(a) and len(a._shape) != len(t._shape) for a in rest):
        return looped(call)
    given = [call.whole(a) if is_tensor(a) else a for a in (t, *rest)]
    if not t._shape:
        given = [a.unsqueeze(-1) if is_tensor(a) else a for a in given]
    out = call.on(given[0], dim + 1 if t._shape else 1, *given[1:])
    return out if t._shape else out.squeeze(-1)


def matrices(call: Call) -> Any:
    """Of several stacks of matrices, of equally many axes."""
    rank = max(len(a._shape) for a in call.args if is_tensor(a))

    def stack(a: Any) -> Any:
        return call.whole(a.reshape((*(1,) * (rank - len(a._shape)), *a._shape)))

    return call.on(*(stack(a) if is_tensor(a) else a for a in call.args), **call.kwargs)


def sized(call: Call) -> Any:
    """With the shape of the result among its arguments: it gets the axis of samples."""
    t, shape = call.prepared()
    if call.op == "expand":
        return call.on(call.aligned(t, len(shape)), (call.level.size, *shape))
    return call.on(t._inner, (call.level.size, *shape))


def permuted(call: Call) -> Any:
    t, dims = call.prepared()
    return call.on(t._inner, (0, *(d + 1 for d in dims)))


def flipped(call: Call) -> Any:
    t, dims = call.prepared()
    return call.on(t._inner, tuple(d + 1 for d in dims))


def rolled(call: Call) -> Any:
    t, by, dims = call.prepared()
    if dims is None:
        flat = t._inner.reshape((call.level.size, -1))
        return call.on(flat, by, 1).reshape(t._shape)
    return call.on(t._inner, by, dims + 1 if isinstance(dims, int) else tuple(d + 1 for d in dims))


def sliced(call: Call) -> Any:
    t, key = call.args
    return call.on(t._inner, (WHOLE, *key))


def diagonals(call: Call) -> Any:
    t, offset, first, second = call.prepared()
    return call.on(t._inner, offset, first + 1, second + 1)


def windows(call: Call) -> Any:
    t, dim, size, step = call.prepared()
    if not t._shape:
        return looped(call)
    return call.on(t._inner, dim + 1, size, step)


def padded(call: Call) -> Any:
    t, widths, value = call.args
    return call.on(t._inner, ((0, 0), *widths), value)


def joined(call: Call) -> Any:
    t, dim, *others = call.args
    return call.on(call.whole(t), dim + 1, *map(call.whole, others))
