"""Rules of normalisation.

Layer, group and batch normalisation in training are one primitive,
``normalized``, over different axes: mean and deviation come from
``normalization_statistics`` (which running averages need too), and the rule
knows that they depend on the input.
"""

from __future__ import annotations

from typing import Any, overload

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Sizes, Tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, number
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.mode import is_grad_enabled, no_grad
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

#: machine epsilon by size of the dtype in bytes, torch's default for rms_norm
_EPSILON = {4: 2.0**-23, 8: 2.0**-52}


# ----------------------------------------------------------------- primitives


@op(internal=True)
class normalization_statistics(Function):
    """Mean and biased variance over some axes, kept at size one; no gradient.

    Those of float16 may be float32: a variance soon exceeds 65504.
    """

    __slots__ = ()
    differentiable = False

    @staticmethod
    def composite(t: Tensor, dims: Shape) -> tuple[Tensor, Tensor]:
        t = t.detach()
        mean = t.mean(dims, True)
        return mean, t.sub(mean).square().mean(dims, True)


@op(internal=True)
class normalized(Function):
    """:math:`(a - \\mu) / \\sqrt{\\sigma^2 + \\epsilon} \\cdot w + b`, the statistics being of a.

    ``weight`` and ``bias`` (or None) broadcast against ``t``.
    """

    __slots__ = ("how",)
    opmath = True

    @staticmethod
    def composite(
        t: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        var: Tensor,
        dims: Shape,
        eps: float,
    ) -> Tensor:
        out, _ = _standard(t, dims, eps)
        out = out if weight is None else out.mul(weight)
        return out if bias is None else out.add(bias)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, weight, bias, mean, var, dims, eps = inputs
        ctx.saved = t, weight, mean, var
        ctx.how = dims, eps, None if bias is None else bias.shape

    def backward(ctx, grad: Tensor) -> Grads:
        t, weight, mean, var = ctx.get_saved_tensors()
        dims, eps, bias = ctx.how
        if is_grad_enabled():
            return _gradients(grad, t, weight, dims, eps)
        grads = grad.normalized_backward(t, weight, bias, mean, var, dims, eps)
        dw = None if weight is None else grads[1]
        return grads[0], dw, None if bias is None else grads[-1]


@op()
class normalized_backward(Function):
    """The gradients of ``normalized`` in few passes; first order only.

    A tuple: that of the input, then of weight and bias where there are any,
    ``bias`` being the shape of the bias or None.
    """

    __slots__ = ()
    differentiable = False

    @staticmethod
    def composite(
        g: Tensor,
        t: Tensor,
        weight: Tensor | None,
        bias: Shape | None,
        mean: Tensor,
        var: Tensor,
        dims: Shape,
        eps: float,
    ) -> tuple[Tensor, ...]:
        da, dw, db = _gradients(g, t, weight, dims, eps)
        grads = [da]
        for d, shape in ((dw, None if weight is None else weight.shape), (db, bias)):
            if d is not None and shape is not None:
                axes = shapes.reduced_axes(d.shape, shape)
                grads.append((d.sum(axes) if axes else d).reshape(shape))
        return tuple(grads)


def _standard(t: Tensor, dims: Shape, eps: float) -> tuple[Tensor, Tensor]:
    """:math:`(a - \\mu) / s` and :math:`1 / s`."""
    away = t.sub(t.mean(dims, True))
    inverse = away.mul(away).mean(dims, True).add(eps).rsqrt()
    return away.mul(inverse), inverse


def _gradients(
    grad: Tensor, t: Tensor, weight: Tensor | None, dims: Shape, eps: float
) -> tuple[Tensor, Tensor | None, Tensor]:
    """The gradients of ``normalized`` by tensor operations, which can be differentiated again."""
    x, inverse = _standard(t, dims, eps)
    g = grad if weight is None else grad.mul(weight)
    along = x.mul(g.mul(x).mean(dims, True))
    da = g.sub(g.mean(dims, True)).sub(along).mul(inverse)
    return da, None if weight is None else grad.mul(x), grad


# ----------------------------------------------------------------- named forms


def _last_axes(
    name: str, t: Tensor, normalized_shape: Sizes, **affine: Tensor | None
) -> tuple[int, ...]:
    """The trailing axes that ``normalized_shape`` stands for."""
    check_floating(name, t, **affine)
    shape = shapes.size((normalized_shape,), name)
    first = t.ndim - len(shape)
    if not shape or first < 0 or t.shape[first:] != shape:
        raise ShapeError(
            f"{name}: normalized_shape {shape} must be the last sizes of the input of "
            f"shape {t.shape}"
        )
    for key, value in affine.items():
        if value is not None and value._shape != shape:
            raise ShapeError(f"{name}: {key} should have shape {shape}, not {value.shape}")
    return tuple(range(first, t.ndim))


@op()
def layer_norm(
    t: Tensor,
    normalized_shape: Sizes,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """:math:`(a - \\mu) / \\sqrt{\\sigma^2 + \\epsilon} \\cdot w + b` over the last axes.

    ``normalized_shape`` are their sizes, and the shape of ``weight`` and
    ``bias``; the variance is the biased one.  Source: Ba et al. 2016;
    torch.nn.functional.layer_norm.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 3.0]], requires_grad=False).layer_norm((2,))
    tensor([[-1.,  1.]])
    """
    if t.dtype in HALF:
        return in_float32(layer_norm, t, normalized_shape, weight, bias, eps)
    dims = _last_axes("layer_norm", t, normalized_shape, weight=weight, bias=bias)
    mean, var = t.normalization_statistics(dims)
    weight, bias = _shaped(weight, t), _shaped(bias, t)
    return t.normalized(weight, bias, mean, var, dims, float(number("layer_norm", "eps", eps)))


@op()
def rms_norm(
    t: Tensor, normalized_shape: Sizes, weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """:math:`a / \\sqrt{\\overline{a^2} + \\epsilon} \\cdot w` over the last axes.

    ``eps`` is by default the machine epsilon of the dtype.  Source: Zhang and
    Sennrich 2019; torch.nn.functional.rms_norm.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 7.0]], requires_grad=False).rms_norm((2,))
    tensor([[0.2, 1.4]])
    """
    if t.dtype in HALF:
        return in_float32(rms_norm, t, normalized_shape, weight, eps)
    dims = _last_axes("rms_norm", t, normalized_shape, weight=weight)
    if eps is None:
        eps = _EPSILON[as_dtype(t.dtype).itemsize]
    out = t.mul(t.mul(t).mean(dims, True).add(eps).rsqrt())
    return out if weight is None else out.mul(weight)


def _channels(name: str, t: Tensor, **vectors: Tensor | None) -> tuple[int, ...]:
    """The shape in which a vector of one number per channel meets (N, C, ...)."""
    check_floating(name, t, **vectors)
    if t.ndim < 2:
        raise ShapeError(f"{name}: expected an input of shape (N, C, ...), not {t.shape}")
    c = t.shape[1]
    for key, value in vectors.items():
        if value is not None and value._shape != (c,):
            raise ShapeError(
                f"{name}: {key} should have shape ({c},), one for each channel of the input of "
                f"shape {t.shape}, not {value.shape}"
            )
    return (c,) + (1,) * (t.ndim - 2)


@overload
def _shaped(value: Tensor, t: Tensor, shape: Shape | None = None) -> Tensor: ...


@overload
def _shaped(value: None, t: Tensor, shape: Shape | None = None) -> None: ...


def _shaped(value: Tensor | None, t: Tensor, shape: Shape | None = None) -> Tensor | None:
    """A weight or bias in the dtype of ``t``, as its gradient will be; perhaps in another shape."""
    if value is None:
        return None
    if value._dtype != t._dtype:
        value = value.to(t.dtype)
    return value if shape is None or value._shape == shape else value.reshape(shape)


@op()
@owning
def group_norm(
    t: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each group of channels of (N, C, ...) normalised with its own mean and variance.

    ``weight`` and ``bias`` have shape (C,).  Source: Wu and He 2018;
    torch.nn.functional.group_norm.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 3.0, 5.0, 5.0]], requires_grad=False).group_norm(2)
    tensor([[-1.,  1.,  0.,  0.]])
    """
    if t.dtype in HALF:
        return in_float32(group_norm, t, num_groups, weight, bias, eps)
    column = _channels("group_norm", t, weight=weight, bias=bias)
    if shapes.whole(num_groups) is None:
        raise DtypeError(f"group_norm: num_groups must be an int, not {num_groups!r}")
    if num_groups < 1 or t.shape[1] % num_groups:
        raise ShapeError(
            f"group_norm: {t.shape[1]} channels (shape {t.shape}) cannot be split into "
            f"{num_groups} groups"
        )
    grouped = (num_groups, t.shape[1] // num_groups, *column[1:])
    x = t.reshape((t.shape[0], *grouped[:2], *t.shape[2:]))
    dims = tuple(range(2, x.ndim))
    mean, var = x.normalization_statistics(dims)
    weight, bias = _shaped(weight, t, grouped), _shaped(bias, t, grouped)
    return x.normalized(
        weight, bias, mean, var, dims, float(number("group_norm", "eps", eps))
    ).reshape(t.shape)


@op()
def batch_norm(
    t: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """:math:`(a - \\mu_c) / \\sqrt{\\sigma_c^2 + \\epsilon} \\cdot w_c + b_c` of (N, C, ...).

    In training with the statistics of the batch, which are mixed into the
    running ones in place, :math:`r \\leftarrow (1 - m) r + m s` with the
    unbiased variance; otherwise with the running ones.  Source: Ioffe and
    Szegedy 2015; torch.nn.functional.batch_norm.

    >>> import lightgrad as light
    >>> x = light.tensor([[1.0], [3.0]], requires_grad=False)
    >>> x.batch_norm(None, None, training=True)
    tensor([[-1.],
            [ 1.]])
    """
    if t.dtype in HALF:
        return in_float32(
            lambda x, w, b: batch_norm(x, running_mean, running_var, w, b, training, momentum, eps),
            *(t, weight, bias),
        )
    vectors = {"running_mean": running_mean, "running_var": running_var}
    column = _channels("batch_norm", t, **vectors, weight=weight, bias=bias)
    if not training:
        if running_mean is None or running_var is None:
            raise ArgumentError(
                "batch_norm: without training=True the running mean and variance are needed"
            )
        return _with_running(t, running_mean, running_var, weight, bias, column, eps)
    n = t.numel() // t.shape[1] if t.shape[1] else 0
    if n == 1:
        raise ShapeError(
            f"batch_norm: training needs more than one value per channel, but the input has shape "
            f"{t.shape}; use a larger batch or training=False"
        )
    dims = (0, *range(2, t.ndim))
    mean, var = t.normalization_statistics(dims)
    if n:
        _mix(running_mean, mean, momentum, 1.0)
        _mix(running_var, var, momentum, n / (n - 1))
    weight, bias = _shaped(weight, t, column), _shaped(bias, t, column)
    return t.normalized(weight, bias, mean, var, dims, float(number("batch_norm", "eps", eps)))


def _mix(running: Tensor | None, batch: Tensor, momentum: float, factor: float) -> None:
    """Change a running average in place."""
    if running is None:
        return
    with no_grad():
        running *= 1 - momentum
        running += batch.reshape(running.shape).mul(momentum * factor)


def _with_running(
    t: Tensor,
    mean: Tensor,
    var: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    column: Shape,
    eps: float,
) -> Tensor:
    scale = var.detach().to(t.dtype).add(eps).rsqrt()
    scale = scale if weight is None else scale.mul(weight)
    out = t.sub(_shaped(mean.detach(), t, column)).mul(_shaped(scale, t, column))
    return out if bias is None else out.add(_shaped(bias, t, column))


@op()
def instance_norm(
    t: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each sample of (N, C, ...) normalised by itself.

    Source: Ulyanov et al. 2016; torch.nn.functional.instance_norm.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 3.0]]], requires_grad=False).instance_norm()
    tensor([[[-1.,  1.]]])
    """
    if t.dtype in HALF:
        options = use_input_stats, momentum, eps
        return in_float32(
            lambda x, w, b: instance_norm(x, running_mean, running_var, w, b, *options),
            *(t, weight, bias),
        )
    vectors = {"running_mean": running_mean, "running_var": running_var}
    column = _channels("instance_norm", t, **vectors, weight=weight, bias=bias)
    if not use_input_stats:
        return batch_norm(t, running_mean, running_var, weight, bias, False, momentum, eps)
    n = shapes.numel(t.shape[2:])
    if n == 1:
        raise ShapeError(
            f"instance_norm: needs more than one value per channel, but the input has shape "
            f"{t.shape}"
        )
    dims = tuple(range(2, t.ndim))
    mean, var = t.normalization_statistics(dims)
    if running_mean is not None and n:
        _mix(running_mean, mean.mean(0), momentum, 1.0)
    if running_var is not None and n:
        _mix(running_var, var.mean(0), momentum, n / (n - 1))
    weight, bias = _shaped(weight, t, column), _shaped(bias, t, column)
    return t.normalized(weight, bias, mean, var, dims, float(number("instance_norm", "eps", eps)))
