"""Losses as modules."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import flag
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module
from lightgrad.nn.spellings import old_mean


def _reduction(name: str, size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction, which torch's first versions, and lightgrad's, took otherwise."""
    if size_average is not None and not isinstance(size_average, (bool, int, np.bool_)):
        return size_average  # type: ignore[no-any-return]
    if size_average is None and reduce is None:
        return old_mean() if reduction == "elementwise_mean" else reduction
    mean = size_average is None or flag(name, "size_average", size_average)
    whole = reduce is None or flag(name, "reduce", reduce)
    said = ("mean" if mean else "sum") if whole else "none"
    warnings.warn(
        f"size_average and reduce are given up, use reduction={said!r}", FutureWarning, stacklevel=5
    )
    return said


class _Loss(Module):
    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        reduction = _reduction(type(self).__name__, size_average, reduce, reduction)
        allowed = ("mean", "sum", "none", "batchmean")[: 4 if isinstance(self, KLDivLoss) else 3]
        if not isinstance(reduction, str) or reduction not in allowed:
            raise ArgumentError(
                f"{type(self).__name__}: reduction must be one of {', '.join(allowed)}, not "
                f"{reduction!r}"
            )
        self.reduction = reduction


class MSELoss(_Loss):
    """:math:`(x - y)^2`, averaged.  Source: torch.nn.MSELoss.

    >>> import lightgrad as light
    >>> light.nn.MSELoss()(light.tensor([1.0, 3.0]), light.zeros(2)).item()
    5.0
    """

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """:math:`|x - y|`, averaged.  Source: torch.nn.L1Loss.

    >>> import lightgrad as light
    >>> light.nn.L1Loss()(light.tensor([1.0, -3.0]), light.zeros(2)).item()
    2.0
    """

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """:math:`|x - y|` beyond ``beta``, a parabola within.  Source: torch.nn.SmoothL1Loss.

    >>> import lightgrad as light
    >>> light.nn.SmoothL1Loss()(light.tensor([1.0, 3.0]), light.zeros(2)).item()
    1.5
    """

    def __init__(
        self,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """``delta`` times :class:`SmoothL1Loss` with ``beta=delta``.  Source: torch.nn.HuberLoss.

    >>> import lightgrad as light
    >>> light.nn.HuberLoss(delta=2.0)(light.tensor([1.0, 3.0]), light.zeros(2)).item()
    2.25
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class _Weighted(_Loss):
    """A loss with a weight per class, kept as a buffer."""

    @classmethod
    def _takes(cls, *args: Any) -> bool:
        """A weight for each class (or, of binary losses, each element), and no second tensor."""
        each = issubclass(cls, BCELoss) or args[0] is None or len(args[0].shape) == 1
        return each and not any(isinstance(a, AbstractTensor) for a in args[1:])

    weight: AbstractTensor | Any  # None where all count the same

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class CrossEntropyLoss(_Weighted):
    """:math:`-\\log softmax(x)_y` for logits (N, C, ...), averaged.

    The target holds class indices (N, ...) or probabilities (N, C, ...).
    ``weight`` (C,) weighs classes, targets equal to ``ignore_index`` do not
    count, ``label_smoothing`` mixes in a uniform target.  Source:
    torch.nn.CrossEntropyLoss.

    >>> import lightgrad as light
    >>> loss = light.nn.CrossEntropyLoss()
    >>> round(loss(light.zeros(3, 10), light.tensor([1, 2, 3])).item(), 4)
    2.3026
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_Weighted):
    """:math:`-x_y` for log-probabilities (N, C, ...), averaged.  Source: torch.nn.NLLLoss.

    >>> import lightgrad as light
    >>> light.nn.NLLLoss()(light.tensor([[-1.0, -2.0]]), light.tensor([1])).item()
    2.0
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.nll_loss(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class NLLLoss2d(NLLLoss):
    """Another name of :class:`NLLLoss`.  Source: torch.nn.NLLLoss2d.

    >>> import lightgrad as light
    >>> light.nn.NLLLoss2d()(light.tensor([[-1.0, -2.0]]), light.tensor([1])).item()
    2.0
    """


class BCELoss(_Weighted):
    """:math:`-y \\log x - (1 - y) \\log(1 - x)` for probabilities.  Source: torch.nn.BCELoss.

    >>> import lightgrad as light
    >>> round(light.nn.BCELoss()(light.tensor([0.5]), light.ones(1)).item(), 4)
    0.6931
    """

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Weighted):
    """:class:`BCELoss` of the sigmoid, computed safely.  Source: torch.nn.BCEWithLogitsLoss.

    >>> import lightgrad as light
    >>> round(light.nn.BCEWithLogitsLoss()(light.zeros(1), light.ones(1)).item(), 4)
    0.6931
    """

    pos_weight: AbstractTensor | Any  # None where both classes count the same

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        pos_weight: Any = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.binary_cross_entropy_with_logits(
            input,
            target,
            weight=self.weight,
            reduction=self.reduction,
            pos_weight=self.pos_weight,
        )


class KLDivLoss(_Loss):
    """:math:`y (\\log y - x)` for log-probabilities x.  Source: torch.nn.KLDivLoss.

    ``reduction="batchmean"`` is the divergence itself.

    >>> import lightgrad as light
    >>> light.nn.KLDivLoss(reduction="batchmean")(light.zeros(1, 1), light.ones(1, 1)).item()
    0.0
    """

    def __init__(
        self,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
