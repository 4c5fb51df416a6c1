"""MLP: a multilayer perceptron in one line."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from lightgrad.errors import ModuleError, ShapeError
from lightgrad.nn.activation import ReLU
from lightgrad.nn.containers import Sequential
from lightgrad.nn.dropout import Dropout
from lightgrad.nn.linear import Linear


class MLP(Sequential):
    """Linear layers of the given sizes with an activation between them.

    ``sizes`` are input, hidden ones and output; ``activation`` makes a module
    (a class such as ``nn.Tanh``, or any function that returns one).  With
    ``dropout`` each activation is followed by a Dropout.

    >>> import lightgrad as light
    >>> net = light.nn.MLP(784, 128, 10)
    >>> net(light.ones(5, 784)).shape
    (5, 10)
    """

    def __init__(
        self,
        *sizes: int,
        activation: Callable[[], Any] = ReLU,
        bias: bool = True,
        dropout: float = 0.0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise ShapeError(f"MLP: needs at least the sizes of input and output, not {sizes}")
        if isinstance(activation, str):
            raise ModuleError(f"MLP: activation makes a module, e.g. nn.Tanh; not {activation!r}")
        for i, (n, m) in enumerate(pairwise(sizes)):
            if i:
                self.append(activation())
                if dropout:
                    self.append(Dropout(dropout))
            self.append(Linear(n, m, bias, device, dtype))
