"""A small network that the tests of modules share."""

from __future__ import annotations

import lightgrad as light
import lightgrad.nn as nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = light.ones(3)
        self.offset = light.zeros(3, requires_grad=False)
        self.inner = nn.Linear(3, 2)
        self.number = 7

    def forward(self, x):
        return self.inner(x * self.scale + self.offset)


def names(pairs) -> list[str]:
    return [name for name, _ in pairs]
