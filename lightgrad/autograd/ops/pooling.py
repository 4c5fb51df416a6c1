"""Rules of pooling.  ``how`` is (kernel, stride, padding, dilation, output sizes), one int
per spatial axis each; the forms with torch's names work it out.
"""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Sizes, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, as_dtype, int64
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32, in_float64
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


@op(internal=True)
class pool_max(Function):
    """:math:`y_p = \\max_k x_{s p + d k - pad}`, the primitive behind max pooling."""

    __slots__ = ("how",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, ctx.how = inputs
        ctx.saved, ctx.output = (x,), output._alias()

    def backward(ctx, grad: Tensor) -> Tensor:
        y, (x,) = ctx.output, ctx.get_saved_tensors()
        if y._storage.modified > ctx.seq:  # which torch allows: it has saved where they are
            y = x.detach().pool_max(ctx.how)
        return grad.pool_max_backward(x, y, ctx.how)


@op()
class pool_max_backward(Function):
    """Send each g to the first largest x of its window."""

    __slots__ = ("how",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, x, y, ctx.how = inputs
        ctx.saved = x, y

    def backward(ctx, grad: Tensor) -> Grads:
        x, y = ctx.get_saved_tensors()
        return grad.pool_max_gather(x, y, ctx.how), None if ctx.edges[1] is None else x._filled(0)


@op(internal=True)
class pool_max_gather(Function):
    """Read t where the first largest x of each window is: the adjoint of pool_max_backward."""

    __slots__ = ("how",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, x, y, ctx.how = inputs
        ctx.saved = x, y

    def backward(ctx, grad: Tensor) -> Tensor:
        x, y = ctx.get_saved_tensors()
        return grad.pool_max_backward(x, y, ctx.how)


@op(internal=True)
class pool_sum(Function):
    """:math:`y_p = \\sum_k x_{s p + d k - pad}`, the primitive behind average pooling."""

    __slots__ = ("before", "how")
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, ctx.how = inputs
        ctx.before = x.shape

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.pool_sum_backward(ctx.before, ctx.how)


@op()
class pool_sum_backward(Function):
    """Send each g to every x of its window: the adjoint of pool_sum."""

    __slots__ = ("how",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.how = inputs[2]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.pool_sum(ctx.how)


# ----------------------------------------------------------------- torch's forms

#: those that take integers too, as in torch
_WHOLE = ("max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d")


def _out_size(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    span = n + 2 * p - d * (k - 1) - 1
    size = (-(-span // s) if ceil_mode else span // s) + 1
    if ceil_mode and (size - 1) * s >= n + p:  # the last window would start in the padding
        size -= 1
    return size


def how_of(
    name: str,
    n: int,
    x: Tensor,
    kernel: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
) -> tuple[Any, ...]:
    if x.ndim not in (n + 1, n + 2):
        raise ShapeError(
            f"{name}: expected an input (N, C, {n} axes) or (C, {n} axes), not shape {x.shape}"
        )
    whole = as_dtype(x.dtype).kind in "iu" and name in _WHOLE
    if x.dtype not in FLOATS and not (whole and (name[0] == "m" or x.dtype == int64)):
        raise DtypeError(f"{name}: expected a floating tensor, not {x.dtype} of shape {x.shape}")
    kernel = shapes.ntuple(name, "kernel_size", kernel, n)
    given = None if stride in ((), []) else stride
    stride = kernel if given is None else shapes.ntuple(name, "stride", given, n)
    padding = shapes.ntuple(name, "padding", padding, n)
    dilation = shapes.ntuple(name, "dilation", dilation, n)
    if min(*kernel, *stride, *dilation) < 1:
        raise ShapeError(
            f"{name}: kernel_size {kernel}, stride {stride} and dilation {dilation} must be "
            f"positive"
        )
    if any(p < 0 or 2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ShapeError(f"{name}: padding {padding} must be at most half of kernel_size {kernel}")
    out = tuple(
        _out_size(*sizes, ceil_mode)
        for sizes in zip(x.shape[-n:], kernel, stride, padding, dilation, strict=True)
    )
    if min(out) < 1 or 0 in x.shape[-n - 1 :]:
        raise ShapeError(f"{name}: a window of {kernel} does not fit into the input {x.shape}")
    return kernel, stride, padding, dilation, out


def batched(x: Tensor, how: tuple[Any, ...]) -> Tensor:
    return x.reshape(1, *x.shape) if x.ndim == len(how[0]) + 1 else x


def unbatched(y: Tensor, x: Tensor) -> Tensor:
    return y if y.ndim == x.ndim else y.reshape(y.shape[1:])


def _max_pool(
    x: Tensor, how: tuple[Any, ...], return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    if x.dtype in HALF:
        return in_float32(_max_pool, x, how, return_indices)
    if x.dtype not in FLOATS:
        return in_float64(2**53, _max_pool, x, how, return_indices)
    full = batched(x, how)
    y = full.pool_max(how)
    if not return_indices:
        return unbatched(y, x)
    sizes = full.shape[2:]
    spots = x._lift(range(shapes.numel(sizes)), x.dtype).reshape(sizes)
    spots = spots.expand(full.shape).contiguous()
    places = spots.pool_max_gather(full.detach(), y.detach(), how).to(int64)
    return unbatched(y, x), unbatched(places, x)


@op()
def max_pool(
    x: Tensor, kernel_size: Sizes = 2, stride: Sizes | None = None, padding: Sizes = 0
) -> Tensor:
    """The largest value of each window of all axes after (N, C), by default 2x2.

    >>> import lightgrad as light
    >>> light.arange(16, dtype=light.float32, requires_grad=False).reshape(1, 1, 4, 4).max_pool()
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    n = max(x.ndim - 2, 1)
    how = how_of("max_pool", n, x, kernel_size, stride, padding, 1, False)
    return unbatched(batched(x, how).pool_max(how), x)


@op()
@owning
def max_pool1d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest value of each window over (N, C, L).  Source: torch.max_pool1d.

    With ``return_indices`` also where they are, counted through the axes: `max_unpool1d`.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 3.0, 2.0, 0.0]]], requires_grad=False).max_pool1d(2)
    tensor([[[3., 2.]]])
    """
    how = how_of("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(x, how, return_indices)


@op()
@owning
def max_pool2d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest value of each window over (N, C, H, W).  Source: torch.max_pool2d.

    With ``return_indices`` also where they are, counted through the axes: `max_unpool2d`.

    >>> import lightgrad as light
    >>> light.zeros(1, 1, 6, 6).max_pool2d(3, stride=1, padding=1).shape
    (1, 1, 6, 6)
    """
    how = how_of("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(x, how, return_indices)


@op()
def max_pool3d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest value of each window over (N, C, D, H, W).  Source: torch.max_pool3d.

    With ``return_indices`` also where they are, counted through the axes: `max_unpool3d`.

    >>> import lightgrad as light
    >>> light.zeros(1, 1, 4, 4, 4).max_pool3d(2).shape
    (1, 1, 2, 2, 2)
    """
    how = how_of("max_pool3d", 3, x, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(x, how, return_indices)


def _avg_pool(
    name: str, x: Tensor, how: tuple[Any, ...], include_pad: bool, divisor: int | None = None
) -> Tensor:
    if x.dtype in HALF:
        return in_float32(_avg_pool, name, x, how, include_pad, divisor)
    if x.dtype not in FLOATS:
        return in_float64(2**40, _avg_pool, name, x, how, include_pad, divisor)
    sums = batched(x, how).pool_sum(how)
    if divisor is not None:
        if divisor == 0:
            raise ArgumentError(f"{name}: divisor_override must not be zero")
        return unbatched(sums.div(divisor), x)
    n = len(how[0])
    divisors = [
        _divisors(size, include_pad, *axis)
        for size, *axis in zip(x.shape[-n:], *how[:3], how[4], strict=True)
    ]
    if all(len(set(d)) == 1 for d in divisors):
        return unbatched(sums.div(shapes.numel([d[0] for d in divisors])), x)
    for i, d in enumerate(divisors):
        sums = sums.div(x._lift(d, x.dtype).reshape(len(d), *(1,) * (n - 1 - i)))
    return unbatched(sums, x)


def _divisors(
    size: int, include_pad: bool, kernel: int, stride: int, padding: int, out: int
) -> list[int]:
    """How many elements count in each window along one axis."""
    low, high = (-padding, size + padding) if include_pad else (0, size)
    starts = (i * stride - padding for i in range(out))
    return [min(start + kernel, high) - max(start, low) for start in starts]


@op()
@owning
def avg_pool1d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window over (N, C, L).  Source: torch.avg_pool1d.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 3.0, 2.0, 0.0]]], requires_grad=False).avg_pool1d(2)
    tensor([[[2., 1.]]])
    """
    how = how_of("avg_pool1d", 1, x, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool("avg_pool1d", x, how, count_include_pad)


@op()
def avg_pool2d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window over (N, C, H, W).  Source: torch.nn.functional.avg_pool2d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 4, 4, requires_grad=False).avg_pool2d(2)
    tensor([[[[1., 1.],
              [1., 1.]]]])
    """
    how = how_of("avg_pool2d", 2, x, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool("avg_pool2d", x, how, count_include_pad, divisor_override)


@op()
def avg_pool3d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window over (N, C, D, H, W).  Source: torch.nn.functional.avg_pool3d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 2, 2, 2, requires_grad=False).avg_pool3d(2).item()
    1.0
    """
    how = how_of("avg_pool3d", 3, x, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool("avg_pool3d", x, how, count_include_pad, divisor_override)
