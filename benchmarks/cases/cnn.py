"""One training step of the README's convolutional network."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Step, Work
from benchmarks.cases.training import (
    batch,
    jax_step,
    lightgrad_step,
    tinygrad_step,
    torch_step,
    weights,
)

DEVICES = ("cpu", "opencl")
SUMMARY = "the README's CNN on 28 x 28, batch 8, 64, 512: forward, backward, Adam step"
VARIANTS = {str(size): {"size": size} for size in (8, 64, 512)}
#: forward, weight gradients, and the input gradients behind the first layer
FLOP = 2 * (2 * 26 * 26 * 8 * 9 + 3 * 11 * 11 * 16 * 72 + 3 * 400 * 10)
SWEEP = {
    str(size): (Work("cnn", size * FLOP, "flop"), {"size": size}) for size in (1, 8, 64, 512, 2048)
}
STATE = {
    "c1.weight": (8, 1, 3, 3),
    "c1.bias": (8,),
    "c2.weight": (16, 8, 3, 3),
    "c2.bias": (16,),
    "l1.weight": (10, 400),
    "l1.bias": (10,),
}


def model(nn: Any) -> Any:
    """The same script for lightgrad and torch."""

    class CNN(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.c1 = nn.Conv2d(1, 8, 3)
            self.c2 = nn.Conv2d(8, 16, 3)
            self.l1 = nn.Linear(5 * 5 * 16, 10)

        def forward(self, x: Any) -> Any:
            y = nn.functional.max_pool2d(self.c1(x), 2).relu()
            y = nn.functional.max_pool2d(self.c2(y), 2).relu()
            return self.l1(y.reshape(-1, 5 * 5 * 16))

    return CNN()


def lightgrad(size: int = 64, device: str = "cpu") -> Step:
    from lightgrad import nn

    data = batch(size, 1, 28, 28)
    return lightgrad_step(model(nn), "Adam", 2e-3, weights(STATE), data, device)


def torch(size: int = 64, device: str = "cpu") -> Step:
    from torch import nn

    return torch_step(model(nn), "Adam", 2e-3, weights(STATE), batch(size, 1, 28, 28), device)


def jax(size: int = 64, device: str = "cpu") -> Step:
    import jax as library
    from jax import lax

    def pooled(x: Any, weight: Any, bias: Any) -> Any:
        y = lax.conv_general_dilated(x, weight, (1, 1), "VALID") + bias[:, None, None]
        windows = (1, 1, 2, 2)
        y = lax.reduce_window(y, -library.numpy.inf, lax.max, windows, windows, "VALID")
        return library.nn.relu(y)

    def forward(p: Any, x: Any) -> Any:
        y = pooled(x, p["c1.weight"], p["c1.bias"])
        y = pooled(y, p["c2.weight"], p["c2.bias"])
        return y.reshape(-1, 400) @ p["l1.weight"].T + p["l1.bias"]

    return jax_step(forward, "Adam", 2e-3, weights(STATE), batch(size, 1, 28, 28))


def tinygrad(size: int = 64, device: str = "cpu") -> Step:
    def forward(p: Any, x: Any) -> Any:
        y = x.conv2d(p["c1.weight"], p["c1.bias"]).max_pool2d((2, 2)).relu()
        y = y.conv2d(p["c2.weight"], p["c2.bias"]).max_pool2d((2, 2)).relu()
        return y.reshape(-1, 400) @ p["l1.weight"].T + p["l1.bias"]

    return tinygrad_step(forward, "Adam", 2e-3, weights(STATE), batch(size, 1, 28, 28))


PEERS = {"lightgrad": lightgrad, "torch": torch, "jax": jax, "tinygrad": tinygrad}
