"""One training step of a convolutional network that is wide enough for arithmetic to decide."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Step
from benchmarks.cases.training import batch, lightgrad_step, torch_step, weights

SUMMARY = "two 3 x 3 convolutions of 64 channels at 28 x 28, batch 32: Adam step"
BATCH, WIDTH = 32, 64
STATE = {
    "0.weight": (WIDTH, 3, 3, 3),
    "0.bias": (WIDTH,),
    "2.weight": (WIDTH, WIDTH, 3, 3),
    "2.bias": (WIDTH,),
    "4.weight": (WIDTH, WIDTH, 3, 3),
    "4.bias": (WIDTH,),
    "8.weight": (10, WIDTH * 49),
    "8.bias": (10,),
}


def model(nn: Any) -> Any:
    """The same script for lightgrad and torch."""
    return nn.Sequential(
        nn.Conv2d(3, WIDTH, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(4),
        nn.Flatten(),
        nn.Linear(WIDTH * 49, 10),
    )


def lightgrad() -> Step:
    from lightgrad import nn

    return lightgrad_step(model(nn), "Adam", 1e-3, weights(STATE), batch(BATCH, 3, 28, 28))


def torch() -> Step:
    from torch import nn

    return torch_step(model(nn), "Adam", 1e-3, weights(STATE), batch(BATCH, 3, 28, 28))


PEERS = {"lightgrad": lightgrad, "torch": torch}
