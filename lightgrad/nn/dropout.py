"""Dropout."""

from __future__ import annotations

from lightgrad.autograd.ops.random import probability
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn.module import Module


class Dropout(Module):
    """In training, zeros with probability p and the rest times :math:`1 / (1 - p)`.

    Returns its argument in ``eval()``.  Source: Srivastava et al. 2014; torch.nn.Dropout.

    >>> import lightgrad as light
    >>> light.nn.Dropout(0.5).eval()(light.ones(2)).tolist()
    [1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p, self.inplace = probability("Dropout", p), inplace

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.dropout(self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
