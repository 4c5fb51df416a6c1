"""Losses with margins: of pairs, triplets and scores of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError
from lightgrad.nn import functional as F
from lightgrad.nn.distance import PairwiseDistance
from lightgrad.nn.loss import _Loss, _Weighted
from lightgrad.nn.module import Module


class HingeEmbeddingLoss(_Loss):
    """x where the target is 1, and :math:`\\max(0, m - x)` where it is -1.

    Source: torch.nn.HingeEmbeddingLoss.

    >>> import lightgrad as light
    >>> target = light.tensor([1, -1])
    >>> light.nn.HingeEmbeddingLoss()(light.tensor([0.5, 0.25]), target).item()
    0.625
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """:math:`1 - \\cos` of pairs with the target 1, :math:`\\max(0, \\cos - m)` with -1.

    Source: torch.nn.CosineEmbeddingLoss.

    >>> import lightgrad as light
    >>> x = light.tensor([[1.0, 0.0]])
    >>> round(light.nn.CosineEmbeddingLoss()(x, x * 2, light.tensor([-1])).item(), 4)
    1.0
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(
        self, input1: AbstractTensor, input2: AbstractTensor, target: AbstractTensor
    ) -> AbstractTensor:
        return F.cosine_embedding_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction
        )


class MarginRankingLoss(_Loss):
    """:math:`\\max(0, m - y (x_1 - x_2))`.  Source: torch.nn.MarginRankingLoss.

    >>> import lightgrad as light
    >>> x, y = light.tensor([3.0]), light.tensor([1.0])
    >>> light.nn.MarginRankingLoss(margin=1.0)(x, y, light.tensor([-1])).item()
    3.0
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(
        self, input1: AbstractTensor, input2: AbstractTensor, target: AbstractTensor
    ) -> AbstractTensor:
        how: Any = {"margin": self.margin, "reduction": self.reduction}
        return F.margin_ranking_loss(input1, input2, target, **how)


class TripletMarginLoss(_Loss):
    """:math:`\\max(0, d(a, p) - d(a, n) + m)` of anchors, positives and negatives.

    With ``swap`` the smaller of d(a, n) and d(p, n) counts.  Source: Balntas et al.
    2016; torch.nn.TripletMarginLoss.

    >>> import lightgrad as light
    >>> a, p, n = (light.tensor([[x]]) for x in (0.0, 3.0, 1.0))
    >>> round(light.nn.TripletMarginLoss()(a, p, n).item(), 4)
    3.0
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ArgumentError(f"TripletMarginLoss: margin must be above 0, not {margin}")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(
        self, anchor: AbstractTensor, positive: AbstractTensor, negative: AbstractTensor
    ) -> AbstractTensor:
        how: Any = {"margin": self.margin, "p": self.p, "eps": self.eps, "swap": self.swap}
        return F.triplet_margin_loss(anchor, positive, negative, **how, reduction=self.reduction)


class TripletMarginWithDistanceLoss(Module):
    """:class:`TripletMarginLoss` with a distance of one's own.

    Source: torch.nn.TripletMarginWithDistanceLoss.

    >>> import lightgrad as light
    >>> a, p, n = (light.tensor([[x]]) for x in (0.0, 3.0, 1.0))
    >>> far = lambda x, y: (x - y).abs().sum(-1)
    >>> light.nn.TripletMarginWithDistanceLoss(distance_function=far)(a, p, n).item()
    3.0
    """

    def __init__(
        self,
        *,
        distance_function: Callable[..., Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if margin <= 0:
            raise ArgumentError(
                f"TripletMarginWithDistanceLoss: margin must be above 0, not {margin}"
            )
        self.distance_function = distance_function or PairwiseDistance()
        self.margin, self.swap, self.reduction = margin, swap, reduction

    def forward(
        self, anchor: AbstractTensor, positive: AbstractTensor, negative: AbstractTensor
    ) -> AbstractTensor:
        how: Any = {"margin": self.margin, "swap": self.swap, "reduction": self.reduction}
        how["distance_function"] = self.distance_function
        return F.triplet_margin_with_distance_loss(anchor, positive, negative, **how)


class MultiMarginLoss(_Weighted):
    """:math:`\\sum_i \\max(0, m - x_y + x_i)^p / C` for scores (N, C) and classes.

    Source: torch.nn.MultiMarginLoss.

    >>> import lightgrad as light
    >>> light.nn.MultiMarginLoss()(light.tensor([[1.0, 0.5]]), light.tensor([0])).item()
    0.25
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ArgumentError(f"MultiMarginLoss: p must be 1 or 2, not {p}")
        self.p, self.margin = p, margin

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        how: Any = {"weight": self.weight, "reduction": self.reduction}
        return F.multi_margin_loss(input, target, p=self.p, margin=self.margin, **how)


class MultiLabelMarginLoss(_Loss):
    """:math:`\\sum_{ij} \\max(0, 1 - x_{y_j} + x_i) / C`, i no target, j one of several.

    Targets are class numbers up to the first -1.  Source: torch.nn.MultiLabelMarginLoss.

    >>> import lightgrad as light
    >>> x = light.tensor([[1.0, 0.5]])
    >>> light.nn.MultiLabelMarginLoss()(x, light.tensor([[0, -1]])).item()
    0.25
    """

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_Weighted):
    """:class:`BCEWithLogitsLoss` averaged over the classes.

    Source: torch.nn.MultiLabelSoftMarginLoss.

    >>> import lightgrad as light
    >>> x = light.zeros(1, 2)
    >>> round(light.nn.MultiLabelSoftMarginLoss()(x, light.tensor([[1.0, 0.0]])).item(), 4)
    0.6931
    """

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        how: Any = {"weight": self.weight, "reduction": self.reduction}
        return F.multilabel_soft_margin_loss(input, target, **how)


class SoftMarginLoss(_Loss):
    """:math:`\\log(1 + e^{-y x})` for targets 1 and -1.  Source: torch.nn.SoftMarginLoss.

    >>> import lightgrad as light
    >>> round(light.nn.SoftMarginLoss()(light.zeros(1), light.ones(1)).item(), 4)
    0.6931
    """

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.soft_margin_loss(input, target, reduction=self.reduction)
