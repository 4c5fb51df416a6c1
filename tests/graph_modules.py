"""Modules whose graphs are drawn."""

from __future__ import annotations

from typing import Any

import lightgrad as light
from lightgrad import nn

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"


class CNN(nn.Module):
    """The network of the README."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, kernel_size=3)
        self.c2 = nn.Conv2d(8, 16, kernel_size=3)
        self.l1 = nn.Linear(5 * 5 * 16, 10)

    def forward(self, x: Any) -> Any:
        y = self.c1(x).max_pool().relu()
        y = self.c2(y).max_pool().relu()
        return self.l1(y.reshape(-1, 5 * 5 * 16))


def cnn_loss(model: nn.Module) -> Any:
    images = light.rand(4, 1, 28, 28, requires_grad=False)
    images.name = "images"
    return nn.functional.cross_entropy(model(images), light.tensor([1, 2, 3, 4]))


def number(value: float, name: str | None = None) -> Any:
    return light.tensor(value, dtype=light.float64, name=name)


def product() -> tuple[Any, Any, Any]:
    """L = (a b + c) f, all by name: the gradients are b f, a f, f and a b + c."""
    a, b, c, f = (number(v, n) for v, n in ((2.0, "a"), (-3.0, "b"), (10.0, "c"), (-2.0, "f")))
    e = a * b
    d = e + c
    out = d * f
    e.name, d.name, out.name = "e", "d", "L"
    return (a, b, c, f), (e, d), out
