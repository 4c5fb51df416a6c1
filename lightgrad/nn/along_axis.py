"""Activations along one axis."""

from __future__ import annotations

import warnings
from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError
from lightgrad.nn.module import Module


class _AlongDim(Module):
    _op = ""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: AbstractTensor) -> Any:
        return getattr(input, self._op)(_guessed(input) if self.dim is None else self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


def _guessed(x: AbstractTensor) -> int:
    dim = 0 if x.ndim in (0, 1, 3) else 1
    warnings.warn(
        f"Implicit dimension choice: dim={dim} of shape {x.shape}; give dim= to the module",
        stacklevel=4,
    )
    return dim


class Softmax(_AlongDim):
    """:math:`e^{x_i} / \\sum_j e^{x_j}` along ``dim``.

    Source: torch.nn.Softmax.

    >>> import lightgrad as light
    >>> light.nn.Softmax(dim=0)(light.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    _op = "softmax"


class Softmin(_AlongDim):
    """:class:`Softmax` of -x along ``dim``.  Source: torch.nn.Softmin.

    >>> import lightgrad as light
    >>> light.nn.Softmin(dim=0)(light.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    _op = "softmin"


class LogSoftmax(_AlongDim):
    """:math:`x_i - \\log \\sum_j e^{x_j}` along ``dim``.  Source: torch.nn.LogSoftmax.

    >>> import lightgrad as light
    >>> light.nn.LogSoftmax(dim=0)(light.zeros(2)).detach()
    tensor([-0.6931, -0.6931])
    """

    _op = "log_softmax"


class GLU(_AlongDim):
    """:math:`a \\sigma(b)` of the two halves along ``dim``.  Source: torch.nn.GLU.

    >>> import lightgrad as light
    >>> light.nn.GLU()(light.tensor([3.0, 0.0])).tolist()
    [1.5]
    """

    _op = "glu"

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim)


class Softmax2d(Module):
    """:class:`Softmax` over the channels of (N, C, H, W).  Source: torch.nn.Softmax2d.

    >>> import lightgrad as light
    >>> light.nn.Softmax2d()(light.zeros(1, 2, 1, 1)).flatten().tolist()
    [0.5, 0.5]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        if input.ndim not in (3, 4):
            raise ShapeError(f"Softmax2d: expected a 3-d or 4-d input, not shape {input.shape}")
        return input.softmax(-3)
