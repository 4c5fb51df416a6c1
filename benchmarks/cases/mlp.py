"""One training step of a perceptron of MNIST's size."""

from __future__ import annotations

from benchmarks.cases import Step
from benchmarks.cases.training import batch, lightgrad_step, torch_step, weights

SUMMARY = "784-128-10 perceptron, batch 64: forward, cross entropy, backward, optimizer step"
VARIANTS = {
    "sgd": {"optimizer": "SGD", "lr": 0.1},
    "adam": {"optimizer": "Adam", "lr": 1e-3},
}
STATE = {
    "0_weight": (128, 784),
    "0_bias": (128,),
    "2_weight": (10, 128),
    "2_bias": (10,),
}


def lightgrad(optimizer: str, lr: float) -> Step:
    from lightgrad import nn

    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return lightgrad_step(model, optimizer, lr, weights(**STATE), batch(784))


def torch(optimizer: str, lr: float) -> Step:
    from torch import nn

    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return torch_step(model, optimizer, lr, weights(**STATE), batch(784))


PEERS = {"lightgrad": lightgrad, "torch": torch}
