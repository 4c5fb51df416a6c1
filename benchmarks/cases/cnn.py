"""One training step of the README's convolutional network."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Step
from benchmarks.cases.training import batch, lightgrad_step, torch_step, weights

SUMMARY = "the README's CNN on 28 x 28, batch 64: forward, cross entropy, backward, Adam step"
STATE = {
    "c1_weight": (8, 1, 3, 3),
    "c1_bias": (8,),
    "c2_weight": (16, 8, 3, 3),
    "c2_bias": (16,),
    "l1_weight": (10, 400),
    "l1_bias": (10,),
}


def lightgrad(device: str = "cpu") -> Step:
    from lightgrad import nn

    class CNN(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.c1 = nn.Conv2d(1, 8, kernelsize=3)
            self.c2 = nn.Conv2d(8, 16, kernelsize=3)
            self.l1 = nn.Linear(5 * 5 * 16, 10)

        def forward(self, x: Any) -> Any:
            y = self.c1(x).max_pool().relu()
            y = self.c2(y).max_pool().relu()
            return self.l1(y.reshape(-1, 5 * 5 * 16))

    return lightgrad_step(CNN(), "Adam", 2e-3, weights(**STATE), batch(1, 28, 28), device)


def torch(device: str = "cpu") -> Step:
    from torch import nn
    from torch.nn.functional import max_pool2d

    class CNN(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.c1 = nn.Conv2d(1, 8, 3)
            self.c2 = nn.Conv2d(8, 16, 3)
            self.l1 = nn.Linear(5 * 5 * 16, 10)

        def forward(self, x: Any) -> Any:
            y = max_pool2d(self.c1(x), 2).relu()
            y = max_pool2d(self.c2(y), 2).relu()
            return self.l1(y.reshape(-1, 5 * 5 * 16))

    return torch_step(CNN(), "Adam", 2e-3, weights(**STATE), batch(1, 28, 28), device)


PEERS = {"lightgrad": lightgrad, "torch": torch}
