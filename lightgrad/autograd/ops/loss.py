"""Losses; cross_entropy of classes is in ``cross_entropy``."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, flag, number, word
from lightgrad.autograd.func import Binary, Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

REDUCTIONS = ("mean", "sum", "none")


def reduced(name: str, loss: Tensor, reduction: str) -> Tensor:
    """The mean of losses, their sum, or the loss of each element, as ``reduction`` says."""
    word(name, "reduction", reduction, REDUCTIONS)
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss


def _weighted(name: str, loss: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """`reduced`, with a weight for each element; the mean is that of the weights."""
    if weight is None:
        return reduced(name, loss, reduction)
    if not isinstance(weight, AbstractTensor) or weight.shape != loss.shape:
        raise ShapeError(
            f"{name}: weight must be a tensor of shape {loss.shape}, that of the losses"
        )
    total = reduced(name, loss.mul(weight), "sum" if reduction == "mean" else reduction)
    return total.div(weight.sum()) if reduction == "mean" else total


def check_pair(name: str, input: Tensor, target: Tensor) -> None:
    """Refuse arguments of a loss that are not floating tensors of one shape."""
    if not isinstance(target, AbstractTensor):
        raise DtypeError(
            f"{name}: the target must be a tensor, not {type(target).__name__}; make one with "
            f"light.as_tensor(x)"
        )
    if input.shape != target.shape:
        raise ShapeError(
            f"{name}: input of shape {input.shape} and target of shape {target.shape} differ, and "
            f"broadcasting a target is usually a mistake; reshape or expand one of them"
        )
    if not (input.dtype in FLOATS or target.dtype in FLOATS):
        raise DtypeError(
            f"{name}: needs floating tensors, not {input.dtype} and {target.dtype}; use float()"
        )


# ----------------------------------------------------------------- regression


@op()
def mse_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """:math:`(x - y)^2`.  Source: torch.nn.functional.mse_loss.

    ``reduction`` is "mean", "sum" or "none"; the shapes must be the same, also that of ``weight``,
    a factor for each element.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0]).mse_loss(light.zeros(2)).item()
    5.0
    """
    if input.dtype in HALF:
        return in_float32(mse_loss, input, target, reduction, weight)
    check_pair("mse_loss", input, target)
    return _weighted("mse_loss", input.sub(target).square(), weight, reduction)


@op()
def l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """:math:`|x - y|`.  Source: torch.nn.functional.l1_loss.

    >>> import lightgrad as light
    >>> light.tensor([1.0, -3.0]).l1_loss(light.zeros(2)).item()
    2.0
    """
    if input.dtype in HALF:
        return in_float32(l1_loss, input, target, reduction, weight)
    check_pair("l1_loss", input, target)
    return _weighted("l1_loss", input.sub(target).abs(), weight, reduction)


class _Knee(Function):
    """:math:`d^2 / 2` for :math:`|d|` below the width w, then :math:`w (|d| - w / 2)`; over a unit.

    Its derivative, d between -w and w, is a rule of its own: in parts, far away 0 meets d.
    """

    __slots__ = ("unit", "width")

    def forward(ctx, away: Tensor, width: float, unit: float) -> Tensor:
        near = away.hardtanh(-width, width)
        return near.div(unit).mul(away.sub(near.mul(0.5)))

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        away, ctx.width, ctx.unit = inputs
        ctx.saved = (away,)

    def backward(ctx, grad: Tensor) -> Tensor:
        (away,) = ctx.get_saved_tensors()
        return grad.mul(away.hardtanh(-ctx.width, ctx.width).div(ctx.unit))


@op()
def smooth_l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """:math:`d^2 / (2 \\beta)` for :math:`d = |x - y| < \\beta`, else :math:`d - \\beta / 2`.

    Source: torch.nn.functional.smooth_l1_loss.

    >>> import lightgrad as light
    >>> light.tensor([1.0, -3.0]).smooth_l1_loss(light.zeros(2)).item()
    1.5
    """
    if input.dtype in HALF:
        return in_float32(smooth_l1_loss, input, target, reduction, beta)
    if number("smooth_l1_loss", "beta", beta) < 0:
        raise ArgumentError(f"smooth_l1_loss: beta must not be negative, but is {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction)
    check_pair("smooth_l1_loss", input, target)
    return reduced("smooth_l1_loss", _Knee.apply(input.sub(target), beta, beta), reduction)


@op()
def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """:math:`d^2 / 2` for :math:`d = |x - y| < \\delta`, else :math:`\\delta (d - \\delta / 2)`.

    Source: torch.nn.functional.huber_loss.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0]).huber_loss(light.zeros(2), delta=2.0).item()
    2.25
    """
    if input.dtype in HALF:
        return in_float32(huber_loss, input, target, reduction, delta, weight)
    if number("huber_loss", "delta", delta) <= 0:
        raise ArgumentError(f"huber_loss: delta must be positive, but is {delta}")
    check_pair("huber_loss", input, target)
    loss = _Knee.apply(input.sub(target), delta, 1.0)
    if weight is not None:  # whose mean, unlike that of the others, is over the elements
        loss = _weighted("huber_loss", loss, weight, "none")
    return reduced("huber_loss", loss, reduction)


# ----------------------------------------------------------------- probabilities


@op(internal=True)
class bernoulli_cross_entropy(Binary):
    """:math:`-y \\ln x - (1 - y) \\ln(1 - x)`, each logarithm at least -100."""

    __slots__ = ()
    opmath = True
    floats = True
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        x, y = ctx.get_saved_tensors()
        dx = dy = None
        if ctx.edges[0] is not None:
            slope = _BernoulliSlope.apply if is_grad_enabled() else _bernoulli_slope
            dx = grad.mul(slope(x, y))
        if ctx.edges[1] is not None:
            dy = grad.mul(x.neg().log1p().sub(x.log()))
        return dx, dy


_TINY = 1e-12  # torch's


def _bernoulli_slope(x: Tensor, y: Tensor) -> Tensor:
    return x.sub(y).div(x.neg().add(1).mul(x).clamp_min(_TINY))


class _BernoulliSlope(Function):
    """:math:`(x - y) / x (1 - x)`; where that is cut off, at the ends, torch's derivative of it."""

    __slots__ = ()
    saves = "inputs"

    def forward(ctx, x: Tensor, y: Tensor) -> Tensor:
        return _bernoulli_slope(x, y)

    def backward(ctx, grad: Tensor) -> Grads:
        x, y = ctx.get_saved_tensors()
        dx = dy = None
        if ctx.edges[0] is not None:
            above = x.mul(x).sub(x.mul(y).mul(2)).add(y)
            dx = grad.mul(above).div(x.add(_TINY).mul(x.neg().add(1).add(_TINY)).square())
        if ctx.edges[1] is not None:
            dy = grad.div(x.neg().add(1).mul(x).clamp_min(_TINY)).neg()
        return dx, dy


@op()
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """:math:`-y \\ln x - (1 - y) \\ln(1 - x)` for probabilities x.

    The logarithms are cut off at -100; ``weight`` broadcasts.  Source:
    torch.nn.functional.binary_cross_entropy.

    >>> import lightgrad as light
    >>> round(light.tensor([0.5]).binary_cross_entropy(light.ones(1)).item(), 4)
    0.6931
    """
    if input.dtype in HALF:
        return in_float32(binary_cross_entropy, input, target, weight, reduction)
    check_pair("binary_cross_entropy", input, target)
    inside = input.detach()
    if not bool(inside.ge(0).logical_and(inside.le(1)).all()):
        raise ArgumentError(
            "binary_cross_entropy: the input must lie between 0 and 1; apply sigmoid(), or use "
            "binary_cross_entropy_with_logits"
        )
    loss = input.bernoulli_cross_entropy(target)
    loss = loss if weight is None else loss.mul(weight)
    return reduced("binary_cross_entropy", loss, reduction)


class _LogitCrossEntropy(Function):
    """:math:`-y \\ln s - (1 - y) \\ln(1 - s)` with s = sigmoid(x); the derivative is s - y.

    That is a rule of its own because 1 - (1 - s), which the parts add up to, is zero for small s.
    """

    __slots__ = ()
    saves = "inputs"

    def forward(ctx, x: Tensor, y: Tensor) -> Tensor:
        return y.neg().add(1).mul(x).sub(x.logsigmoid())

    def backward(ctx, grad: Tensor) -> Grads:
        x, y = ctx.get_saved_tensors()
        dx = None if ctx.edges[0] is None else grad.mul(x.sigmoid().sub(y))
        return dx, None if ctx.edges[1] is None else grad.mul(x).neg()


class _WeightedLogitCrossEntropy(Function):
    """Binary cross-entropy of logits x, where positive targets have the weight p.

    .. math:: L = (1 - y) x - (1 - y + p y) \\log\\sigma(x), \\quad
              dL/dx = (1 - y + p y) \\sigma(x) - p y
    """

    __slots__ = ()
    saves = "inputs"

    def forward(ctx, x: Tensor, y: Tensor, p: Tensor) -> Tensor:
        return y.neg().add(1).mul(x).sub(y.mul(p.sub(1)).add(1).mul(x.logsigmoid()))

    def backward(ctx, grad: Tensor) -> Grads:
        x, y, p = ctx.get_saved_tensors()
        dx = dy = dp = None
        if ctx.edges[0] is not None:
            yes = y.mul(p)
            dx = grad.mul(yes.sub(y).add(1).mul(x.sigmoid()).sub(yes))
        if ctx.edges[1] is not None:
            dy = grad.mul(x.neg().logsigmoid().sub(p.mul(x.logsigmoid())))
        if ctx.edges[2] is not None:
            dp = grad.mul(y.mul(x.logsigmoid())).neg()
        return dx, dy, dp


@op()
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """:math:`-p y \\ln s - (1 - y) \\ln(1 - s)` for logits x with s = sigmoid(x).

    ``pos_weight`` p and ``weight`` broadcast.  Source:
    torch.nn.functional.binary_cross_entropy_with_logits.

    >>> import lightgrad as light
    >>> round(light.zeros(1).binary_cross_entropy_with_logits(light.ones(1)).item(), 4)
    0.6931
    """
    if input.dtype in HALF:
        return in_float32(
            binary_cross_entropy_with_logits, input, target, weight, reduction, pos_weight
        )
    check_pair("binary_cross_entropy_with_logits", input, target)
    input, target = input._meet(target, bernoulli_cross_entropy)
    if pos_weight is None:
        loss = _LogitCrossEntropy.apply(input, target)
    else:
        if not isinstance(pos_weight, AbstractTensor):
            kind = type(pos_weight).__name__
            raise DtypeError(
                f"binary_cross_entropy_with_logits: pos_weight must be a tensor, not {kind}"
            )
        input._same_device(pos_weight, "binary_cross_entropy_with_logits")
        loss = _WeightedLogitCrossEntropy.apply(input, target, pos_weight.to(input.dtype))
    loss = loss if weight is None else loss.mul(weight)
    return reduced("binary_cross_entropy_with_logits", loss, reduction)


@op()
def kl_div(
    input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False
) -> Tensor:
    """:math:`y (\\ln y - x)` for log-probabilities x and probabilities y.

    ``log_target``: the target holds :math:`\\ln y`.  ``reduction="batchmean"``,
    the sum divided by the first size, is the divergence itself.  Source:
    torch.nn.functional.kl_div.

    >>> import lightgrad as light
    >>> light.zeros(1, 1).kl_div(light.ones(1, 1), reduction="batchmean").item()
    0.0
    """
    if input.dtype in HALF:
        return in_float32(kl_div, input, target, reduction, log_target)
    check_pair("kl_div", input, target)
    if flag("kl_div", "log_target", log_target):
        loss = target.exp().mul(target.sub(input))
    else:
        loss = target.xlogy(target).sub(target.mul(input))
    if isinstance(reduction, str) and reduction == "batchmean":
        return loss.sum().div(input.shape[0]) if input.ndim else loss.sum()
    return reduced("kl_div", loss, reduction)
