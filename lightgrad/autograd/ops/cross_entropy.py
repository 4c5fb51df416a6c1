"""Losses of classification: cross_entropy, a primitive by rows of classes, and nll_loss."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import DType, Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, as_dtype, int64, word
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.loss import REDUCTIONS, reduced
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

# ----------------------------------------------------------------- primitives on (N, C) and (N,)


@op(internal=True)
class row_log_sum_exp(Function):
    """:math:`m_i = \\max_j a_{ij}` and :math:`\\ln \\sum_j e^{a_{ij} - m_i}`, (2, N); no gradient.

    Their sum is logsumexp.  Apart, what is small beside large logits is not lost.
    """

    __slots__ = ()
    opmath = True
    differentiable = False

    @staticmethod
    def composite(t: Tensor) -> Tensor:
        t = t.detach()
        highest = t.amax(1, keepdim=True)  # of infinite ones the sum is NaN, as in the kernels
        logs = t.sub(highest).exp().sum(1).log()
        return type(t).stack((highest.reshape(-1), logs))


@op(internal=True)
class row_cross_entropy(Function):
    """:math:`l_i + (m_i - a_{i t_i})` with m, l of ``row_log_sum_exp``: see ``cross_entropy``.

    Targets equal to ``ignore_index`` give zero and do not count in the mean.
    """

    __slots__ = ("how",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.how = inputs[:3], inputs[3:]

    def backward(ctx, grad: Tensor) -> Tensor:
        a, target, total = ctx.get_saved_tensors()
        return grad.row_cross_entropy_backward(a, target, total, *ctx.how)


@op()
class row_cross_entropy_backward(Function):
    """:math:`g_i (e^{a_{ij} - m_i - l_i} - [j = t_i])`, divided by the count for the mean."""

    __slots__ = ("how",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.how = inputs[:4], inputs[4:]

    def backward(ctx, grad: Tensor) -> Grads:
        g, a, target, total = ctx.get_saved_tensors()
        reduction, ignore_index = ctx.how
        dg = da = None
        ignored = target.eq(ignore_index)
        column = ignored.unsqueeze(1)
        if ctx.edges[0] is not None:
            unit = g._filled(1).row_cross_entropy_backward(a, target, total, *ctx.how)
            dg = grad.mul(unit).masked_fill(column, 0)  # whatever the gradient is
            dg = dg.sum(1) if reduction == "none" else dg.sum()
        if ctx.edges[1] is not None:
            if reduction == "mean":
                g = g.div(ignored.logical_not().sum().clamp_min(1))
            weighted = grad.mul(g.unsqueeze(1) if g.ndim else g).masked_fill(column, 0)
            da = weighted.softmax_backward(a.softmax(1), 1)
        return dg, da


# ----------------------------------------------------------------- what users call


@op()
@owning
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """:math:`-w_y \\ln softmax(x)_y` for logits x of shape (C,), (N, C) or (N, C, d1, ...).

    ``target`` holds class indices, of the input's shape without C, or class
    probabilities, of the input's shape.  ``weight`` (C,) weighs the classes,
    and the mean is then the weighted one; targets equal to ``ignore_index`` do
    not count; ``label_smoothing`` s mixes in the uniform distribution,
    :math:`(1 - s) y + s / C`.  Source: torch.nn.functional.cross_entropy.

    >>> import lightgrad as light
    >>> x = light.tensor([[0.0, 1.0], [2.0, 0.0]])
    >>> round(x.cross_entropy(light.tensor([1, 0])).item(), 4)
    0.2201
    """
    if input._dtype in HALF:
        return in_float32(
            cross_entropy, input, target, weight, ignore_index, reduction, label_smoothing
        )
    name = "cross_entropy"
    _check(name, input, target, weight, reduction)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(
            f"{name}: label_smoothing must lie between 0 and 1, but is {label_smoothing}"
        )
    if target._dtype in FLOATS:
        return _by_probabilities(input, target, weight, reduction, label_smoothing)
    if weight is None and not label_smoothing:
        return _by_rows(input, target, ignore_index, reduction)
    return _by_indices(input, target, weight, ignore_index, reduction, label_smoothing)


def _by_rows(input: Tensor, target: Tensor, ignore_index: int, reduction: str) -> Tensor:
    shape = target._shape
    if input.ndim != 2:
        _indices("cross_entropy", input, target)
        input, target = _flat(input), target.reshape((target.numel(),))
    elif shape != input._shape[:1]:
        _indices("cross_entropy", input, target)
    total = input.row_log_sum_exp()
    loss = input.row_cross_entropy(target, total, reduction, ignore_index)
    return loss if reduction != "none" or len(shape) == 1 else loss.reshape(shape)


def _by_indices(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    smoothing: float,
) -> Tensor:
    logs = input.log_softmax(1 if input.ndim > 1 else 0)
    loss = logs.nll_loss(target, weight, ignore_index, reduction)
    if not smoothing:
        return loss
    classes = 1 if input.ndim > 1 else 0
    each = logs if weight is None else logs.mul(_column(weight, input))
    ignored = target.eq(ignore_index)
    uniform = each.sum(classes).neg().masked_fill(ignored, 0)
    if reduction == "mean":
        uniform = uniform.sum().div(_counted(target, weight, ignored, input.dtype).sum())
    else:
        uniform = reduced("cross_entropy", uniform, reduction)
    return loss.mul(1 - smoothing).add(uniform.mul(smoothing / input.shape[classes]))


def _by_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float
) -> Tensor:
    if target.shape != input.shape:
        raise ShapeError(
            f"cross_entropy: a target of dtype {target.dtype} holds class probabilities and must "
            f"have the shape of the input, {input.shape}, not {target.shape}; class indices are "
            f"integers, see long()"
        )
    classes = 1 if input.ndim > 1 else 0
    n = input.shape[classes]
    if smoothing:
        target = target.mul(1 - smoothing).add(smoothing / n)
    loss = input.log_softmax(classes).mul(target)
    loss = loss if weight is None else loss.mul(_column(weight, input))
    loss = loss.sum(classes).neg()
    return reduced("cross_entropy", loss, reduction)


@op()
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """:math:`-w_y x_y` for log-probabilities x of shape (C,), (N, C) or (N, C, d1, ...).

    ``target`` holds class indices, of the input's shape without C; the other
    arguments are those of ``cross_entropy``.  Source:
    torch.nn.functional.nll_loss.

    >>> import lightgrad as light
    >>> light.tensor([[-1.0, -2.0]]).nll_loss(light.tensor([1])).item()
    2.0
    """
    if input._dtype in HALF:
        return in_float32(nll_loss, input, target, weight, ignore_index, reduction)
    _check("nll_loss", input, target, weight, reduction)
    _indices("nll_loss", input, target)
    ignored = target.eq(ignore_index)
    chosen = _in_range("nll_loss", input, target.to(int64).masked_fill(ignored, 0))
    classes = 1 if input.ndim > 1 else 0
    picked = input.gather(classes, chosen.unsqueeze(classes)).squeeze(classes).neg()
    if weight is not None:
        picked = picked.mul(_weights(weight, chosen))
    picked = picked.masked_fill(ignored, 0)
    if reduction == "mean":
        return picked.sum().div(_counted(target, weight, ignored, input.dtype).sum())
    return reduced("nll_loss", picked, reduction)


# ----------------------------------------------------------------- parts


def _weights(weight: Tensor, chosen: Tensor) -> Tensor:
    flat = weight.gather(0, chosen.reshape((chosen.numel(),)))
    return flat.reshape(chosen.shape)


def _counted(target: Tensor, weight: Tensor | None, ignored: Tensor, dtype: DType) -> Tensor:
    """How much each target counts in the mean."""
    if weight is None:
        return ignored.logical_not().to(dtype)
    return _weights(weight, target.to(int64).masked_fill(ignored, 0)).masked_fill(ignored, 0)


def _column(weight: Tensor, input: Tensor) -> Tensor:
    return weight.reshape((-1,) + (1,) * (input.ndim - 2)) if input.ndim > 2 else weight


def _flat(input: Tensor) -> Tensor:
    """The scores (N, C, d1, ...) or (C,) as rows of classes."""
    if input.ndim == 1:
        return input.reshape((1, input.shape[0]))
    rest = range(2, input.ndim)
    rows = input.numel() // input.shape[1] if input.shape[1] else 0
    return input.permute((0, *rest, 1)).reshape((rows, input.shape[1]))


def _check(name: str, input: Tensor, target: Tensor, weight: Tensor | None, reduction: str) -> None:
    word(name, "reduction", reduction, REDUCTIONS)
    if not isinstance(target, AbstractTensor):
        raise DtypeError(
            f"{name}: the target must be a tensor, not {type(target).__name__}; make one with "
            f"light.as_tensor(x)"
        )
    input._same_device(target, name)
    if input._dtype not in FLOATS:
        raise DtypeError(f"{name}: the input must be floating, not {input.dtype}; use float()")
    if not input.ndim:
        raise ShapeError(f"{name}: the input must have shape (C,) or (N, C, ...), not ()")
    classes = input._shape[1 if input.ndim > 1 else 0]
    if weight is not None and not isinstance(weight, AbstractTensor):
        raise DtypeError(f"{name}: weight must be a tensor, not {type(weight).__name__}")
    if weight is not None and weight.shape != (classes,):
        raise ShapeError(
            f"{name}: weight should have shape ({classes},), one for each class of the input of "
            f"shape {input.shape}, not {weight.shape}"
        )


def _indices(name: str, input: Tensor, target: Tensor) -> None:
    """The target, checked for the dtype and shape of class indices."""
    if as_dtype(target.dtype).kind not in "iu":
        raise DtypeError(
            f"{name}: class indices must be integers, but the target has dtype {target.dtype}; "
            f"use long()"
        )
    expected = (*input.shape[:1], *input.shape[2:]) if input.ndim > 1 else ()
    if target.shape != expected:
        raise ShapeError(
            f"{name}: class indices for an input of shape {input.shape} have shape {expected}, but "
            f"the target has shape {target.shape} (dtype {target.dtype})"
        )


def _in_range(name: str, input: Tensor, chosen: Tensor) -> Tensor:
    n = input.shape[1 if input.ndim > 1 else 0]
    wrong = chosen.lt(0).logical_or(chosen.ge(n))
    if bool(wrong.any()):
        index = chosen.masked_select(wrong)[0].item()
        raise ShapeError(
            f"{name}: class index {index} is out of range for {n} classes (input of shape "
            f"{input.shape}); use 0 to {n - 1}, or ignore_index"
        )
    return chosen
