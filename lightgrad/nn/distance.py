"""How far vectors are apart."""

from __future__ import annotations

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module


class CosineSimilarity(Module):
    """:math:`x \\cdot y / (|x| |y|)` along ``dim``.  Source: torch.nn.CosineSimilarity.

    >>> import lightgrad as light
    >>> light.nn.CosineSimilarity(0)(light.tensor([3.0, 4.0]), light.tensor([1.0, 0.0])).item()
    0.6000000238418579
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: AbstractTensor, x2: AbstractTensor) -> AbstractTensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """:math:`|x - y + \\epsilon|_p` over the last axis.  Source: torch.nn.PairwiseDistance.

    >>> import lightgrad as light
    >>> x = light.tensor([[0.0, 0.0]])
    >>> round(light.nn.PairwiseDistance()(x, light.tensor([[3.0, 4.0]])).item(), 4)
    5.0
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: AbstractTensor, x2: AbstractTensor) -> AbstractTensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
