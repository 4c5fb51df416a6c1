"""Dropout of elements, and of whole channels."""

from __future__ import annotations

from lightgrad.autograd.ops.random import probability
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module


class _Dropout(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        probability(type(self).__name__, p)
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training, zeros with probability p and the rest times :math:`1 / (1 - p)`.

    Returns its argument in ``eval()``.  Source: Srivastava et al. 2014; torch.nn.Dropout.

    >>> import lightgrad as light
    >>> light.nn.Dropout(0.5).eval()(light.ones(2)).tolist()
    [1.0, 1.0]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.dropout(self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """:class:`Dropout` of whole channels of (N, C, L).  Source: torch.nn.Dropout1d.

    >>> import lightgrad as light
    >>> light.nn.Dropout1d(0.5).eval()(light.ones(1, 1, 2)).tolist()
    [[[1.0, 1.0]]]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """:class:`Dropout` of whole channels of (N, C, H, W).

    Source: Tompson et al. 2015; torch.nn.Dropout2d.

    >>> import lightgrad as light
    >>> light.nn.Dropout2d(1.0)(light.ones(1, 1, 1, 2)).tolist()
    [[[[0.0, 0.0]]]]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """:class:`Dropout` of whole channels of (N, C, D, H, W).  Source: torch.nn.Dropout3d.

    >>> import lightgrad as light
    >>> light.nn.Dropout3d(0.0)(light.ones(1, 1, 1, 1, 2)).tolist()
    [[[[[1.0, 1.0]]]]]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance of what a SELU gives.

    Source: Klambauer et al. 2017; torch.nn.AlphaDropout.

    >>> import lightgrad as light
    >>> light.nn.AlphaDropout().eval()(light.ones(2)).tolist()
    [1.0, 1.0]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """:class:`AlphaDropout` of whole channels.  Source: torch.nn.FeatureAlphaDropout.

    >>> import lightgrad as light
    >>> light.nn.FeatureAlphaDropout().eval()(light.ones(1, 2)).tolist()
    [[1.0, 1.0]]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.feature_alpha_dropout(input, self.p, self.training)
