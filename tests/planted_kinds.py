"""Kinds of fault, each planted in at least two ops of a sound backend: what the kit must find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lightgrad import CpuTensor
from lightgrad.autograd import AbstractTensor
from tests.planted import KERNELS, backend
from tests.planted_numbers import (
    Change,
    _dot,
    _mean,
    _one_by_one,
    _softmax,
    _var,
    as_double,
    c_quotient,
    c_remainder,
    floored,
    half_bool,
    half_inside,
    half_sum,
    in_single,
    last_of_ties,
    low_byte,
    nan_is_inf,
    nan_is_zero,
    narrow_sum,
    no_sign,
    result,
    rounded,
    short_of,
)


class Plant(NamedTuple):
    """A fault in one kernel, the level that finds it, and the ops whose checks are run there."""

    kind: str
    op: str
    change: Change
    level: int
    asked: str = ""  # other ops, whose checks lead to it
    where: str = "forward"

    @property
    def cls(self) -> Any:
        return backend(f"Planted{self.op.title()}", **{self.where: {self.op: self.change}})


def when(condition: Callable[..., Any], fn: Callable[..., Any]) -> Change:
    """`result` where a condition on the arguments holds, else the sound kernel itself."""

    def change(kernel: Any) -> Any:
        def forward(ctx: Any, *args: Any) -> Any:
            out = kernel(ctx, *args)
            return CpuTensor(np.asarray(fn(out.data.copy(), *args))) if condition(*args) else out

        return forward

    return change


# ----------------------------------------------------------------- memory of earlier calls


def remembered(kernel: Any) -> Any:
    """A cache by the memory of the argument, which a change in place leaves as it is."""
    known: dict[Any, Any] = {}

    def forward(ctx: Any, *args: Any) -> Any:
        a = args[0].data
        key = a.__array_interface__["data"][0], a.shape, a.strides, str(a.dtype), repr(args[1:])
        if key not in known:
            known[key] = kernel(ctx, *args).data.copy(), a  # which also keeps the address
        return CpuTensor(known[key][0].copy())

    return forward


def aliased(kernel: Any) -> Any:
    """Where nothing changes, the argument's own memory is the result."""

    def forward(ctx: Any, *args: Any) -> Any:
        out, a = kernel(ctx, *args), args[0].data
        same = out.data.shape == a.shape and out.data.dtype == a.dtype
        return Hidden(a) if same and np.array_equal(out.data, a) else out

    return forward


class Hidden(CpuTensor):
    """Data that is not known to be a view: `planted` asks for an attribute of that name."""

    __slots__ = ()


def spoiling(kernel: Any) -> Any:
    """Uses its argument as room to work in."""

    def forward(ctx: Any, *args: Any) -> Any:
        out = CpuTensor(kernel(ctx, *args).data.copy())
        if args[0].data.flags.writeable and args[0].data.dtype.kind == "f":
            args[0].data[...] *= 0.5
        return out

    return forward


def scratch(kernel: Any) -> Any:
    """One buffer for all threads."""
    buffer = np.zeros(1 << 21, np.float32)

    def forward(ctx: Any, *args: Any) -> Any:
        out = kernel(ctx, *args).data
        if out.dtype != buffer.dtype:
            return CpuTensor(out)
        mine = buffer[: out.size]
        mine[:] = out.reshape(-1)
        copied = mine.copy()
        return CpuTensor(copied.reshape(out.shape))

    return forward


def reused(kernel: Any) -> Any:
    """A second result of one shape lies in the first one's place."""
    kept: dict[Any, np.ndarray] = {}

    def forward(ctx: Any, *args: Any) -> Any:
        out = kernel(ctx, *args).data
        place = kept.setdefault((out.shape, out.dtype), np.empty_like(out))
        place[...] = out
        return CpuTensor(place)

    return forward


def unset(kernel: Any) -> Any:
    """Memory is not zeroed before something is added to it."""

    def forward(ctx: Any, *args: Any) -> Any:
        out = kernel(ctx, *args).data
        return CpuTensor(np.where(out == 0, np.empty(out.shape, out.dtype), out))

    return forward


# ----------------------------------------------------------------- sizes, shapes and options

MILLION = 1 << 20


def _large(*args: Any) -> bool:
    return max(a.data.size for a in args if isinstance(a, AbstractTensor)) > MILLION


def zeroed_tail(out: np.ndarray, *args: Any) -> Any:
    out.reshape(-1)[-1] = 0
    return out


def beyond_zero(out: np.ndarray, *args: Any) -> Any:
    """A counter of 20 bits."""
    flat = out.reshape(-1)
    flat[MILLION:] = flat[: flat.size - MILLION]
    return out


def plus_one(out: np.ndarray, *args: Any) -> Any:
    return out + np.ones((), out.dtype)


def _strided(*args: Any) -> bool:
    return not args[0].data.flags.c_contiguous


def _second_strided(*args: Any) -> bool:
    other = getattr(args[1], "data", None)
    return isinstance(other, np.ndarray) and other.ndim > 1 and not other.flags.c_contiguous


def _odd(*args: Any) -> bool:
    return args[0].data.size > 2 and args[0].data.size % 2 == 1


def _scalar(*args: Any) -> bool:
    return args[0].data.ndim == 0


def _empty(*args: Any) -> bool:
    return args[0].data.size == 0


def flat_keepdim(out: np.ndarray, t: Any, dims: Any, keepdim: bool, *more: Any) -> Any:
    return out.reshape([n for n in out.shape if n != 1]) if keepdim else out


def _corrected(out: np.ndarray, t: Any, dims: Any, keepdim: bool, correction: float) -> Any:
    axes = tuple(range(t.data.ndim)) if dims is None else tuple(dims)
    return np.asarray(t.data.var(axes, ddof=1, keepdims=keepdim), out.dtype)


def last_one_wins(kernel: Any) -> Any:
    """Where places repeat, the last value replaces the others."""

    def forward(ctx: Any, grad: Any, shape: Any, axes: Any, *indices: Any) -> Any:
        out = np.zeros(shape, grad.data.dtype)
        key: list[Any] = [slice(None)] * len(shape)
        if list(axes) != list(range(axes[0], axes[0] + len(axes))):
            return kernel(ctx, grad, shape, axes, *indices)
        for axis, index in zip(axes, indices, strict=True):
            key[axis] = index.data
        out[tuple(key)] = grad.data
        return CpuTensor(out)

    return forward


def scattered_once(out: np.ndarray, t: Any, dim: int, index: Any, src: Any) -> Any:
    made = t.data.copy()
    grid = list(np.indices(index.data.shape))
    grid[dim] = index.data
    part = tuple(slice(0, n) for n in index.data.shape)
    values = np.asarray(getattr(src, "data", src))
    made[tuple(grid)] += values[part] if values.ndim else values
    return made


def gathered_once(out: np.ndarray, grad: Any, shape: Any, dim: int, index: Any) -> Any:
    made = np.zeros(shape, grad.data.dtype)
    grid = list(np.indices(index.data.shape))
    grid[dim] = index.data
    made[tuple(grid)] = grad.data
    return made


def ignored_is_nan(kernel: Any) -> Any:
    """The mean over no targets at all, in the gradient too."""

    def forward(ctx: Any, g: Any, t: Any, target: Any, total: Any, how: str, ignore: int) -> Any:
        out = kernel(ctx, g, t, target, total, how, ignore).data
        return CpuTensor(out * np.nan if how == "mean" and (target.data == ignore).all() else out)

    return forward


def _once(ctx: Any, grad: Any) -> Any:
    """The gradient of a product in which one tensor stands twice is counted once."""
    a, b = ctx.get_saved_tensors()
    if a is not None and b is not None and a.numpy().tobytes() == b.numpy().tobytes():
        return grad * b, grad * 0
    return (None if b is None else grad * b), (None if a is None else grad * a)


def _half(ctx: Any, grad: Any) -> Any:
    """At a tie each of the two is to get half the gradient."""
    a, b = ctx.get_saved_tensors()
    return grad * (a > b), grad * (a <= b) * (a != b)


PLANTS = [
    *(
        Plant("a cache over a change in place", op, remembered, 3)
        for op in ("sum", "exp", "amax", "softmax", "amin")
    ),
    *(Plant("the argument as the result", op, aliased, 3) for op in ("add", "relu", "mul", "roll")),
    *(Plant("an argument is changed", op, spoiling, 2) for op in ("neg", "maximum")),
    *(Plant("a buffer for all threads", op, scratch, 10) for op in ("tanh", "add", "softmax")),
    *(Plant("a result in an earlier one's place", op, reused, 8) for op in ("log", "cumsum")),
    *(Plant("memory that was not set", op, unset, 10) for op in ("tril", "slice_backward")),
    Plant("a sum in a row", "sum", result(_one_by_one), 8),
    Plant("a sum in a row", "mean", result(_mean), 8),
    Plant("a sum in a row", "var", result(_var), 8),
    Plant("a sum in a row", "matmul", result(_dot), 8),
    Plant("a sum in a row", "softmax", result(_softmax), 8),
    *(Plant("a cast", "cast", result(fn), 7) for fn in (floored, rounded, low_byte, half_bool)),
    *(Plant("float64 in float32", op, result(in_single), 7) for op in ("tanh", "cumsum")),
    *(Plant("integers by way of floats", op, result(as_double), 7) for op in ("add", "amax")),
    Plant("short of the limit", "tanh", short_of(0.99999994), 5),
    Plant("short of the limit", "sigmoid", short_of(0.99999994), 5),
    Plant("short of the limit", "erf", short_of(0.99999994), 5),
    Plant("16 bits inside", "norm", half_inside, 7),
    *(Plant("16 bits inside", op, half_sum, 7) for op in ("sum", "cumsum")),
    *(Plant("NaN is lost", op, result(nan_is_zero), 2) for op in ("relu", "maximum", "cos")),
    *(Plant("NaN is lost", op, result(nan_is_zero), 4) for op in ("amin", "softmax", "var")),
    Plant("NaN is lost", "clamp_between", result(nan_is_zero), 2),
    Plant("NaN becomes infinite", "exp", result(nan_is_inf), 2),
    Plant("NaN becomes infinite", "log", result(nan_is_inf), 2),
    *(Plant("zeros lose their sign", op, result(no_sign), 2) for op in ("neg", "mul", "sin")),
    *(Plant("zeros lose their sign", op, result(no_sign), 3) for op in ("reshape", "flip")),
    Plant("division of C", "floor_divide", result(c_quotient), 7),
    Plant("division of C", "remainder", result(c_remainder), 7),
    Plant("the last of ties", "argmax", last_of_ties(np.argmax), 4),
    Plant("the last of ties", "argmin", last_of_ties(np.argmin), 4),
    *(Plant("integers in few bits", op, narrow_sum, 7) for op in ("sum", "prod")),
    *(
        Plant("beyond 2 ** 20", op, when(_large, beyond_zero), 8)
        for op in ("exp", "add", "cumsum", "gather", "masked_fill")
    ),
    *(
        Plant("beyond 2 ** 20", op, when(_large, zeroed_tail), 8, asked)
        for op, asked in (("linear", ""), ("where", ""), ("normalized", "layer_norm,batch_norm"))
    ),
    *(Plant("odd sizes", op, when(_odd, zeroed_tail), 8) for op in ("sqrt", "maximum")),
    *(Plant("strides", op, when(_strided, plus_one), 3) for op in ("exp", "amax", "cumsum")),
    *(
        Plant("strides of the second", op, when(_second_strided, plus_one), 3)
        for op in ("add", "matmul")
    ),
    *(Plant("no dimensions", op, when(_scalar, plus_one), 3) for op in ("cos", "floor")),
    *(Plant("no dimensions", op, when(_scalar, plus_one), 4) for op in ("sum", "cumsum")),
    *(Plant("nothing in it", op, when(_empty, plus_one), 4) for op in ("sum", "prod")),
    *(Plant("keepdim", op, result(flat_keepdim), 4) for op in ("sum", "amax", "var")),
    Plant("correction", "var", result(_corrected), 4),
    Plant("correction", "std", result(lambda *a: np.sqrt(_corrected(*a))), 4),
    Plant("repeated places", "index_backward", last_one_wins, 4),
    Plant("repeated places", "scatter_add", result(scattered_once), 4),
    Plant("repeated places", "gather_backward", result(gathered_once), 4),
    Plant("nothing to average", "row_cross_entropy_backward", ignored_is_nan, 5, "cross_entropy"),
    Plant("a tensor used twice", "mul", _once, 5, where="backward"),
    Plant("a tensor used twice", "maximum", _half, 5, where="backward"),
]
assert {p.op for p in PLANTS} <= set(KERNELS)
