"""Losses of margins: between ranks, triplets, classes, labels and embeddings."""

from __future__ import annotations

from collections.abc import Callable

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, int64, number
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.distance import pairwise_distance
from lightgrad.autograd.ops.loss import check_pair, reduced
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


def _tensors(name: str, **tensors: Tensor) -> None:
    for key, t in tensors.items():
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"{name}: the {key} must be a tensor, not {type(t).__name__}")


@op()
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """:math:`\\max(0, -y (a - b) + margin)`: y = 1 where a should rank higher, else -1.

    Source: torch.nn.functional.margin_ranking_loss.

    >>> import lightgrad as light
    >>> a, b, y = light.tensor([1.0]), light.tensor([3.0]), light.tensor([1.0])
    >>> a.margin_ranking_loss(b, y, margin=0.5).item()
    2.5
    """
    name = "margin_ranking_loss"
    _tensors(name, second=input2, target=target)
    if not input1.ndim == input2.ndim == target.ndim:
        raise ShapeError(
            f"{name}: inputs of shape {input1.shape} and {input2.shape} and a target of shape "
            f"{target.shape} must have as many axes"
        )
    if input1.dtype in HALF:
        return in_float32(margin_ranking_loss, input1, input2, target, margin, reduction)
    loss = target.neg().mul(input1.sub(input2)).add(margin).clamp_min(0)
    return reduced(name, loss, reduction)


@op()
def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """:math:`\\ln(1 + e^{-y x})` for targets of 1 and -1.

    Source: torch.nn.functional.soft_margin_loss.

    >>> import lightgrad as light
    >>> round(light.zeros(1).soft_margin_loss(light.ones(1)).item(), 4)
    0.6931
    """
    if input.dtype in HALF:
        return in_float32(soft_margin_loss, input, target, reduction)
    check_pair("soft_margin_loss", input, target)
    loss = target.neg().mul(input).exp().log1p()
    return reduced("soft_margin_loss", loss, reduction)


@op()
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """:math:`\\max(0, d(a, p) - d(a, n) + margin)` with `pairwise_distance`.

    ``swap`` takes d(p, n) where that is smaller than d(a, n).  Source:
    torch.nn.functional.triplet_margin_loss.

    >>> import lightgrad as light
    >>> a, p, n = light.zeros(1, 2), light.ones(1, 2), light.full((1, 2), 4.0)
    >>> a.triplet_margin_loss(p, n, margin=6.0, p=1).item()
    0.0
    """

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return _triplet("triplet_margin_loss", anchor, positive, negative, distance, margin, swap,
                    reduction)  # fmt: skip


@op()
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of your own, by default `pairwise_distance`.

    Source: torch.nn.functional.triplet_margin_with_distance_loss.

    >>> import lightgrad as light
    >>> a, p, n = light.zeros(1, 2), light.ones(1, 2), light.full((1, 2), 4.0)
    >>> a.triplet_margin_with_distance_loss(
    ...     p, n, distance_function=lambda a, b: (a - b).abs().sum(1), margin=7.0
    ... ).item()
    1.0
    """
    name, distance = "triplet_margin_with_distance_loss", distance_function or pairwise_distance
    return _triplet(name, anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    name: str,
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    _tensors(name, positive=positive, negative=negative)
    if number(name, "margin", margin) <= 0:
        raise ArgumentError(f"{name}: margin must be positive, not {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise ShapeError(
            f"{name}: anchor {anchor.shape}, positive {positive.shape} and negative "
            f"{negative.shape} must have as many axes"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced(name, near.sub(far).add(margin).clamp_min(0), reduction)


# ----------------------------------------------------------------- classes and labels


def _classes(name: str, input: Tensor, target: Tensor, labels: bool) -> tuple[Tensor, Tensor]:
    """Scores (N, C), and class numbers of theirs: (N,), or (N, C) of labels."""
    _tensors(name, target=target)
    check_floating(name, input)
    if as_dtype(target.dtype).kind != "i":
        raise DtypeError(f"{name}: the target must hold class numbers, not {target.dtype}")
    input = input if input.ndim else input.reshape(1)
    target = target if target.ndim or not labels else target.reshape(1)
    expected = input.shape if labels else input.shape[:-1]
    alone = not labels and input.ndim == 1 and target.shape == (1,)
    if input.ndim not in (1, 2) or (target.shape != expected and not alone):
        raise ShapeError(
            f"{name}: scores (N, C) or (C,) need a target of shape "
            f"{'(N, C) or (C,)' if labels else '(N,) or ()'}, not {input.shape} and {target.shape}"
        )
    n = input.shape[-1]
    if target.numel() and (wrong := target._outside(-1 if labels else 0, n - 1)) is not None:
        raise ShapeError(f"{name}: class numbers from {wrong[0]} to {wrong[1]} for {n} classes")
    rows = input if input.ndim == 2 else input.unsqueeze(0)
    return rows, target.to(int64).reshape(rows.shape if labels else (rows.shape[0],))


@op()
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """:math:`\\frac{1}{C} \\sum_{j \\ne y} \\max(0, margin - x_y + x_j)^p` for scores (N, C).

    ``weight`` (C,) of the class y multiplies what is raised to p.  Source:
    torch.nn.functional.multi_margin_loss.

    >>> import lightgrad as light
    >>> light.tensor([[0.5, 1.0]]).multi_margin_loss(light.tensor([0])).item()
    0.75
    """
    name = "multi_margin_loss"
    if input.dtype in HALF:
        return in_float32(multi_margin_loss, input, target, p, margin, weight, reduction)
    if p not in (1, 2):
        raise ArgumentError(f"{name}: p must be 1 or 2, not {p!r}")
    x, y = _classes(name, input, target, False)
    column = y.unsqueeze(1)
    away = x.sub(x.gather(1, column)).add(margin).clamp_min(0)
    away = away.scatter(1, column, 0.0)  # not the class itself
    away = away if p == 1 else away.square()
    if weight is not None:
        if weight.shape != x.shape[1:]:
            raise ShapeError(f"{name}: weight should have shape {x.shape[1:]}, not {weight.shape}")
        away = away.mul(weight.gather(0, y).unsqueeze(1))
    return reduced(name, _per_class(away, input), reduction)


def _per_class(terms: Tensor, input: Tensor) -> Tensor:
    loss = terms.sum(1).div(terms.shape[1])
    return loss if input.ndim == 2 else loss.reshape(())


@op()
def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """:math:`\\frac{1}{C} \\sum_{y} \\sum_{j} \\max(0, 1 - x_y + x_j)` over labels y, others j.

    The labels of a row are the class numbers before its first -1.  Source:
    torch.nn.functional.multilabel_margin_loss.

    >>> import lightgrad as light
    >>> x, y = light.tensor([[0.5, 1.0, 0.0]]), light.tensor([[1, -1, 0]])
    >>> x.multilabel_margin_loss(y).item()
    0.16666667...
    """
    name = "multilabel_margin_loss"
    if input.dtype in HALF:
        return in_float32(multilabel_margin_loss, input, target, reduction)
    x, y = _classes(name, input, target, True)
    valid = y.ge(0).to(int64).cumprod(1).ne(0)
    places = y.masked_fill(valid.logical_not(), 0)
    marks = valid.to(int64)
    labels = marks.mul(0).scatter_add(1, places, marks).ne(0)
    chosen = x.gather(1, places)
    away = x.unsqueeze(1).sub(chosen.unsqueeze(2)).add(1).clamp_min(0)  # (N, label, other)
    away = away.masked_fill(labels.unsqueeze(1), 0).masked_fill(valid.logical_not().unsqueeze(2), 0)
    return reduced(name, _per_class(away.sum(1), input), reduction)


@op()
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """The mean over classes of the binary cross-entropy of logits x with labels y of 0 and 1.

    Source: torch.nn.functional.multilabel_soft_margin_loss.

    >>> import lightgrad as light
    >>> round(light.zeros(1, 2).multilabel_soft_margin_loss(light.ones(1, 2)).item(), 4)
    0.6931
    """
    name = "multilabel_soft_margin_loss"
    if input.dtype in HALF:
        return in_float32(multilabel_soft_margin_loss, input, target, weight, reduction)
    check_pair(name, input, target)
    if not input.ndim:
        raise ShapeError(f"{name}: expected scores (..., C), not shape ()")
    loss = target.mul(input.logsigmoid()).add(
        target.neg().add(1).mul(input.neg().logsigmoid())
    ).neg()  # fmt: skip
    loss = loss if weight is None else loss.mul(weight)
    return reduced(name, loss.mean(-1), reduction)


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
