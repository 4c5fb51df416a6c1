"""Rules of convolution: three primitives, each the gradient of the others, and torch's forms.

With x of shape (N, C, *S), weight (O, C/groups, *K) and y (N, O, *S'), all three
are linear in each argument and

.. math:: \\langle g, conv(x, w) \\rangle = \\langle conv\\_input(g, w), x \\rangle
          = \\langle conv\\_weight(x, g), w \\rangle

so one identity gives every derivative of every order.  ``how`` is
(stride, padding, dilation, groups), the first three with one int per spatial axis.
"""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Sizes, Tensor
from lightgrad.autograd.dtypes import FLOATS, int64
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float64
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def _keep_others(ctx: Function, inputs: tuple[Any, ...]) -> None:
    """Save each of two factors only if the other one wants a gradient."""
    first, second, *_ = ctx.edges
    ctx.saved = (inputs[0] if second else None, inputs[1] if first else None)


def _cropped(y: Tensor, shape: Shape) -> Tensor:
    """A result less the outputs for which only a large ``output_padding`` makes room."""
    return y if y.shape == shape else y[tuple(slice(n) for n in shape)]


@op(internal=True)
class convolution(Function):
    """:math:`y_{n,o,p} = b_o + \\sum_{c,k} w_{o,c,k} x_{n,c,s p + d k - pad}`.

    The primitive behind conv1d, conv2d and conv3d; all arguments canonical.
    """

    __slots__ = ("how", "shapes")
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, _, ctx.how = inputs
        ctx.shapes = x._shape, weight._shape
        _keep_others(ctx, inputs)

    def backward(ctx, grad: Tensor) -> Grads:
        x, weight = ctx.get_saved_tensors()
        x_shape, weight_shape = ctx.shapes
        dx = dw = db = None
        if weight is not None:
            dx = grad.convolution_input(weight, x_shape, ctx.how)
        if x is not None:
            dw = x.convolution_weight(grad, weight_shape, ctx.how)
        if ctx.edges[2] is not None:
            db = grad.sum((0, *range(2, len(x_shape))))
        return dx, dw, db


@op(internal=True)
class convolution_input(Function):
    """The gradient of a convolution with respect to its input; also the transposed convolution."""

    __slots__ = ("how", "shapes")
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        y, weight, _, ctx.how = inputs
        ctx.shapes = y.shape, weight.shape
        _keep_others(ctx, inputs)

    def backward(ctx, grad: Tensor) -> Grads:
        y, weight = ctx.get_saved_tensors()
        y_shape, weight_shape = ctx.shapes
        dy = dw = None
        if weight is not None:
            dy = _cropped(grad.convolution(weight, None, ctx.how), y_shape)
        if y is not None:
            dw = grad.convolution_weight(y, weight_shape, ctx.how)
        return dy, dw


@op(internal=True)
class convolution_weight(Function):
    """The gradient of a convolution with respect to its weight."""

    __slots__ = ("how", "shapes")
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, y, _, ctx.how = inputs
        ctx.shapes = x.shape, y.shape
        _keep_others(ctx, inputs)

    def backward(ctx, grad: Tensor) -> Grads:
        x, y = ctx.get_saved_tensors()
        x_shape, y_shape = ctx.shapes
        dx = dy = None
        if y is not None:
            dx = y.convolution_input(grad, x_shape, ctx.how)
        if x is not None:
            dy = _cropped(x.convolution(grad, None, ctx.how), y_shape)
        return dx, dy


# ----------------------------------------------------------------- torch's forms


def conv_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """The length of the output along one axis: floor((n + 2p - d(k-1) - 1) / s) + 1."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _check(
    name: str, x: Tensor, weight: Tensor, bias: Tensor | None, n: int, channels: int, out: int
) -> None:
    if bias is not None and not isinstance(bias, AbstractTensor):
        raise DtypeError(f"{name}: bias must be a tensor, not {type(bias).__name__}")
    if x.ndim not in (n + 1, n + 2) or weight.ndim != n + 2:
        raise ShapeError(
            f"{name}: expected an input (N, C, {n} axes) or (C, {n} axes) and a weight with "
            f"{n + 2} axes, not {x.shape} and {weight.shape}"
        )
    for t in (weight, bias):
        if t is not None:
            x._same_device(t, name)
            if t._dtype != x._dtype or x._dtype not in FLOATS:
                raise DtypeError(
                    f"{name}: input, weight and bias must have one floating dtype, not {x.dtype} "
                    f"and {t.dtype}; convert with .to()"
                )
    if x.shape[-n - 1] != channels:
        raise ShapeError(
            f"{name}: the input {x.shape} has {x.shape[-n - 1]} channels, the weight "
            f"{weight.shape} is made for {channels}"
        )
    if bias is not None and bias.shape != (out,):
        raise ShapeError(f"{name}: the bias must have shape ({out},), not {bias.shape}")


def _groups(name: str, groups: int, weight: Tensor) -> int:
    if not isinstance(weight, AbstractTensor):
        raise DtypeError(f"{name}: weight must be a tensor, not {type(weight).__name__}")
    if weight.ndim < 3:
        raise ShapeError(f"{name}: expected a weight (O, C, sizes), not shape {weight.shape}")
    count = shapes.whole(groups) or 0
    if count < 1 or weight.shape[0] % count:
        raise ShapeError(
            f"{name}: groups must be a positive divisor of weight.shape[0] = {weight.shape[0]}, "
            f"not {groups!r}"
        )
    return count


def _positive(name: str, **values: Shape) -> None:
    for what, entries in values.items():
        low = 0 if what in ("padding", "output_padding") else 1
        if any(v < low for v in entries):
            raise ShapeError(f"{name}: {what} must be at least {low}, not {entries}")


def _same_padding(
    name: str, x: Tensor, kernel: Shape, stride: Shape, dilation: Shape
) -> tuple[Tensor, Shape]:
    """``padding="same"``: symmetric where possible, the odd one at the end as in torch."""
    if any(s != 1 for s in stride):
        raise ShapeError(f"{name}: padding='same' needs stride 1, not {stride}")
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(t % 2 for t in totals):
        extra = [e for t in reversed(totals) for e in (0, t % 2)]
        x = x.pad(tuple(extra))
    return x, tuple(t // 2 for t in totals)


def _conv(
    name: str,
    n: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes | str,
    dilation: Sizes,
    groups: int,
) -> Tensor:
    if all(t is None or t.dtype == int64 for t in (x, weight, bias)):
        return in_float64(2**20, _conv, name, n, x, weight, bias, stride, padding, dilation, groups)
    groups = _groups(name, groups, weight)
    _check(name, x, weight, bias, n, weight._shape[1] * groups, weight._shape[0])
    kernel = weight.shape[2:]
    stride = shapes.ntuple(name, "stride", stride, n)
    dilation = shapes.ntuple(name, "dilation", dilation, n)
    if isinstance(padding, str) and padding == "same":
        x, padding = _same_padding(name, x, kernel, stride, dilation)
    elif isinstance(padding, str) and padding == "valid":
        padding = 0
    padding = shapes.ntuple(name, "padding", padding, n)
    _positive(name, stride=stride, padding=padding, dilation=dilation)
    sizes = x.shape[-n:]
    out = tuple(map(conv_size, sizes, kernel, stride, padding, dilation))
    if min(out) < 1 or 0 in weight.shape:
        raise ShapeError(
            f"{name}: a kernel of {kernel} with dilation {dilation} does not fit into the input "
            f"{x.shape} with padding {padding}"
        )
    batched = x.reshape(1, *x.shape) if x.ndim == n + 1 else x
    y = batched.convolution(weight, bias, (stride, padding, dilation, groups))
    return y if batched is x else y.reshape(y.shape[1:])


@op()
@owning
def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over (N, C, L) with a weight (O, C/groups, K).  Source: torch.conv1d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 5).conv1d(light.ones(1, 1, 3)).shape
    (1, 1, 3)
    """
    return _conv("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


@op()
@owning
def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over (N, C, H, W) with a weight (O, C/groups, K, K').  Source: torch.conv2d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 5, 5).conv2d(light.ones(2, 1, 3, 3), padding="same").shape
    (1, 2, 5, 5)
    """
    return _conv("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


@op()
@owning
def conv3d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over (N, C, D, H, W).  Source: torch.conv3d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 3, 5, 5).conv3d(light.ones(2, 1, 3, 3, 3)).shape
    (1, 2, 1, 3, 3)
    """
    return _conv("conv3d", 3, x, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(
    name: str,
    n: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes | str,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Tensor:
    if all(t is None or t.dtype == int64 for t in (x, weight, bias)):
        args = (x, weight, bias, stride, padding, output_padding, groups, dilation)
        return in_float64(2**20, _conv_transpose, name, n, *args)
    groups = _groups(name, groups, weight)
    _check(name, x, weight, bias, n, weight.shape[0], weight.shape[1] * groups)
    stride = shapes.ntuple(name, "stride", stride, n)
    padding = shapes.ntuple(name, "padding", padding, n)
    output_padding = shapes.ntuple(name, "output_padding", output_padding, n)
    dilation = shapes.ntuple(name, "dilation", dilation, n)
    _positive(
        name, stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
    )
    sizes = shapes.transposed_sizes(
        name, x.shape[-n:], weight.shape[2:], stride, padding, output_padding, dilation
    )
    batched = x.reshape(1, *x.shape) if x.ndim == n + 1 else x
    channels = weight.shape[1] * groups
    shape = (batched.shape[0], channels, *sizes)
    y = batched.convolution_input(weight, shape, (stride, padding, dilation, groups))
    if bias is not None:
        y = y.add(bias.reshape(channels, *(1,) * n))
    return y if batched is x else y.reshape(y.shape[1:])


@op()
@owning
def conv_transpose1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The adjoint of conv1d; weight (C, O/groups, K).  Source: torch.conv_transpose1d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 3).conv_transpose1d(light.ones(1, 1, 3), stride=2).shape
    (1, 1, 7)
    """
    return _conv_transpose(
        "conv_transpose1d", 1, x, weight, bias, stride, padding, output_padding, groups, dilation
    )


@op()
@owning
def conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The adjoint of conv2d; weight (C, O/groups, K, K').  Source: torch.conv_transpose2d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 3, 3).conv_transpose2d(light.ones(1, 2, 2, 2), stride=2).shape
    (1, 2, 6, 6)
    """
    return _conv_transpose(
        "conv_transpose2d", 2, x, weight, bias, stride, padding, output_padding, groups, dilation
    )


@op()
@owning
def conv_transpose3d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The adjoint of conv3d; weight (C, O/groups, K, K', K'').  Source: torch.conv_transpose3d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 2, 2, 2).conv_transpose3d(light.ones(1, 1, 2, 2, 2)).shape
    (1, 1, 3, 3, 3)
    """
    return _conv_transpose(
        "conv_transpose3d", 3, x, weight, bias, stride, padding, output_padding, groups, dilation
    )
