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
def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """:math:`(x - y)^2`.  Source: torch.nn.functional.mse_loss.

    ``reduction`` is "mean", "sum" or "none"; the shapes must be the same.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0]).mse_loss(light.zeros(2)).item()
    5.0
    """
    if input.dtype in HALF:
        return in_float32(mse_loss, input, target, reduction)
    check_pair("mse_loss", input, target)
    return reduced("mse_loss", input.sub(target).square(), reduction)


@op()
def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """:math:`|x - y|`.  Source: torch.nn.functional.l1_loss.

    >>> import lightgrad as light
    >>> light.tensor([1.0, -3.0]).l1_loss(light.zeros(2)).item()
    2.0
    """
    if input.dtype in HALF:
        return in_float32(l1_loss, input, target, reduction)
    check_pair("l1_loss", input, target)
    return reduced("l1_loss", input.sub(target).abs(), reduction)


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
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0
) -> Tensor:
    """:math:`d^2 / 2` for :math:`d = |x - y| < \\delta`, else :math:`\\delta (d - \\delta / 2)`.

    Source: torch.nn.functional.huber_loss.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0]).huber_loss(light.zeros(2), delta=2.0).item()
    2.25
    """
    if input.dtype in HALF:
        return in_float32(huber_loss, input, target, reduction, delta)
    if number("huber_loss", "delta", delta) <= 0:
        raise ArgumentError(f"huber_loss: delta must be positive, but is {delta}")
    check_pair("huber_loss", input, target)
    return reduced("huber_loss", _Knee.apply(input.sub(target), delta, 1.0), reduction)


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


# ----------------------------------------------------------------- embeddings


@op()
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """x where the target is 1, :math:`\\max(0, margin - x)` where it is -1.

    Source: torch.nn.functional.hinge_embedding_loss.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 0.5]).hinge_embedding_loss(light.tensor([1.0, -1.0])).item()
    0.75
    """
    if input.dtype in HALF:
        return in_float32(hinge_embedding_loss, input, target, margin, reduction)
    check_pair("hinge_embedding_loss", input, target)
    near = input.masked_fill(target.eq(-1), 0)
    far = input.neg().add(margin).clamp_min(0).masked_fill(target.eq(1), 0)
    return reduced("hinge_embedding_loss", near.add(far), reduction)


@op()
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """:math:`1 - \\cos` where the target is 1, :math:`\\max(0, \\cos - margin)` where it is -1.

    Inputs (N, D) or (D,), target (N,) or 0-d.  Source:
    torch.nn.functional.cosine_embedding_loss.

    >>> import lightgrad as light
    >>> x = light.tensor([[3.0, 4.0]])
    >>> x.cosine_embedding_loss(x, light.tensor([-1.0])).item()
    1.0
    """
    if input1.dtype in HALF:
        return in_float32(cosine_embedding_loss, input1, input2, target, margin, reduction)
    check_pair("cosine_embedding_loss", input1, input2)
    if not isinstance(target, AbstractTensor):
        kind = type(target).__name__
        raise DtypeError(f"cosine_embedding_loss: the target must be a tensor, not {kind}")
    if target.shape != input1.shape[:-1]:
        raise ShapeError(
            f"cosine_embedding_loss: target of shape {target.shape} does not fit inputs of shape "
            f"{input1.shape}"
        )
    # as in torch, this is not cosine_similarity: 1e-12 in float32 is added to the squares
    squares = [t.mul(t).sum(-1).add(9.999999960041972e-13) for t in (input1, input2)]
    cos = input1.mul(input2).sum(-1).div(squares[0].sqrt().mul(squares[1].sqrt()))
    near = cos.neg().add(1).masked_fill(target.ne(1), 0)
    far = cos.sub(margin).clamp_min(0).masked_fill(target.ne(-1), 0)
    return reduced("cosine_embedding_loss", near.add(far), reduction)
