"""Losses that are likelihoods of counts, of normal numbers and of sequences."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.loss import _Loss


class GaussianNLLLoss(_Loss):
    """:math:`(\\log v + (x - y)^2 / v) / 2` for means x and variances v.

    ``full`` adds the constant.  Source: Nix and Weigend 1994; torch.nn.GaussianNLLLoss.

    >>> import lightgrad as light
    >>> x, y, v = light.tensor([3.0]), light.tensor([1.0]), light.tensor([1.0])
    >>> light.nn.GaussianNLLLoss()(x, y, v).item()
    2.0
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input: AbstractTensor, target: AbstractTensor, var: Any) -> AbstractTensor:
        how: Any = {"full": self.full, "eps": self.eps, "reduction": self.reduction}
        return F.gaussian_nll_loss(input, target, var, **how)


class PoissonNLLLoss(_Loss):
    """:math:`e^x - y x`, or :math:`x - y \\log x` without ``log_input``, for counts y.

    ``full`` adds Stirling's approximation of :math:`\\log y!`.  Source: torch.nn.PoissonNLLLoss.

    >>> import lightgrad as light
    >>> light.nn.PoissonNLLLoss()(light.zeros(1), light.ones(1)).item()
    1.0
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-8,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: AbstractTensor, target: AbstractTensor) -> AbstractTensor:
        how: Any = {"log_input": self.log_input, "full": self.full, "eps": self.eps}
        return F.poisson_nll_loss(log_input, target, **how, reduction=self.reduction)


class CTCLoss(_Loss):
    """-log of the probability of a labelling of (T, N, C) log-probabilities, of any alignment.

    Source: Graves et al. 2006; torch.nn.CTCLoss.

    >>> import lightgrad as light
    >>> x, target = light.zeros(2, 1, 3).log_softmax(2), light.tensor([[1]])
    >>> round(light.nn.CTCLoss()(x, target, [2], [1]).item(), 4)
    1.0986
    """

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(
        self, log_probs: AbstractTensor, targets: Any, input_lengths: Any, target_lengths: Any
    ) -> AbstractTensor:
        given = log_probs, targets, input_lengths, target_lengths
        return F.ctc_loss(*given, self.blank, self.reduction, self.zero_infinity)
