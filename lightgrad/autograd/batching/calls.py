"""A call of an operation on batched tensors, and how it runs where it has no rule."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.batching.levels import Level
from lightgrad.autograd.batching.tensor import Batched, flat, unwrapped, wrapped
from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import VmapError, VmapFallbackWarning


class Call:
    """A call of an operation, and the level that it is on."""

    __slots__ = ("args", "fn", "kwargs", "level", "op")

    def __init__(
        self, op: str, level: Level, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.op, self.level, self.args, self.kwargs = op, level, args, kwargs
        self.fn = AbstractTensor._ops[op]

    def is_mapped(self, t: Any) -> bool:
        """Whether it is a tensor of which each sample has one."""
        return isinstance(t, Batched) and t._level is self.level

    def prepared(self) -> tuple[Any, ...]:
        """The arguments as ``forward`` takes them."""
        prepare = self.fn.prepare
        return self.args if prepare is None else prepare(*self.args, **self.kwargs)

    def on(self, first: Any, *rest: Any, **kwargs: Any) -> Any:
        """The operation on tensors with an axis of samples; the results without."""
        return self.back(getattr(first, self.op)(*rest, **kwargs))

    def back(self, out: Any) -> Any:
        """Results as they are for one sample."""
        if is_tensor(out):
            return wrapped(out, self.level)
        values = [self.back(v) for v in out]
        return type(out)(*values) if hasattr(out, "_fields") else tuple(values)

    def whole(self, t: Any) -> Any:
        """A tensor with an axis of samples."""
        return unwrapped(t, self.level)

    def aligned(self, t: Any, rank: int) -> Any:
        """A tensor whose axes broadcast with those of ``rank``, behind that of the samples."""
        if not self.is_mapped(t):
            return t
        inner = t._inner
        missing = rank - len(t._shape)
        return (
            inner if missing <= 0 else inner.reshape((self.level.size, *(1,) * missing, *t._shape))
        )


def looped(call: Call) -> Any:
    """The operation once for each sample, and the results together."""

    def run(*args: Any, **kwargs: Any) -> Any:
        owner = next(type(a) for a in flat((*args, *kwargs.values())) if is_tensor(a))
        return getattr(owner, call.op)(*args, **kwargs)

    return each(call.op, call.level, run, call.args, call.kwargs)


def each(
    name: str,
    level: Level,
    run: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """A function of each sample's own arguments in turn, with a warning."""
    warnings.warn(
        f"vmap: {name} has no rule for all samples at once, so it runs once for each of "
        f"{level.size}",
        VmapFallbackWarning,
        stacklevel=6,
    )

    def sample(value: Any, i: int) -> Any:
        if type(value) in (tuple, list):
            return type(value)(sample(v, i) for v in value)
        mine = isinstance(value, Batched) and value._level is level
        return value._inner.slice_view((i,)) if mine else value

    outs = [
        run(*sample(args, i), **{key: sample(value, i) for key, value in kwargs.items()})
        for i in range(level.size)
    ]
    return _together(name, outs, level)


def _together(name: str, outs: list[Any], level: Level) -> Any:
    first = outs[0]
    if is_tensor(first):
        if any(out._shape != first._shape for out in outs):
            raise VmapError(f"vmap: the shape of what {name} gives is not the same for all samples")
        return wrapped(type(first).stack(outs), level)
    if isinstance(first, (tuple, list)):
        parts = [_together(name, list(part), level) for part in zip(*outs, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    if any(out != first for out in outs):
        raise VmapError(f"vmap: {name} gives {first!r} for one sample, and not for another")
    return first
