"""One training step of a perceptron of MNIST's size."""

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
SUMMARY = "784-128-10 perceptron, batch 1, 64, 1024: forward, backward, optimizer step"
RATES = {"SGD": 0.1, "Adam": 1e-3}
VARIANTS = {
    f"{optimizer.lower()} {size}": {"size": size, "optimizer": optimizer, "lr": lr}
    for size in (1, 64, 1024)
    for optimizer, lr in RATES.items()
}
#: forward, weight gradients, and the input gradient of the second layer
FLOP = 2 * (2 * 784 * 128 + 3 * 128 * 10)
SWEEP = {
    f"sgd {size}": (
        Work("mlp sgd", size * FLOP, "flop"),
        {"size": size, "optimizer": "SGD", "lr": RATES["SGD"]},
    )
    for size in (1, 4, 16, 64, 256, 1024, 4096)
}
STATE = {
    "0.weight": (128, 784),
    "0.bias": (128,),
    "2.weight": (10, 128),
    "2.bias": (10,),
}


def model(nn: Any) -> Any:
    """The same script for lightgrad and torch."""
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def lightgrad(size: int, optimizer: str, lr: float, device: str = "cpu") -> Step:
    from lightgrad import nn

    data = batch(size, 784)
    return lightgrad_step(model(nn), optimizer, lr, weights(STATE), data, device)


def torch(size: int, optimizer: str, lr: float, device: str = "cpu") -> Step:
    from torch import nn

    return torch_step(model(nn), optimizer, lr, weights(STATE), batch(size, 784), device)


def forward(p: Any, x: Any, relu: Any) -> Any:
    h = relu(x @ p["0.weight"].T + p["0.bias"])
    return h @ p["2.weight"].T + p["2.bias"]


def jax(size: int, optimizer: str, lr: float, device: str = "cpu") -> Step:
    from jax.nn import relu

    data = batch(size, 784)
    return jax_step(lambda p, x: forward(p, x, relu), optimizer, lr, weights(STATE), data)


def tinygrad(size: int, optimizer: str, lr: float, device: str = "cpu") -> Step:
    from tinygrad import Tensor

    data = batch(size, 784)
    return tinygrad_step(
        lambda p, x: forward(p, x, Tensor.relu), optimizer, lr, weights(STATE), data
    )


PEERS = {"lightgrad": lightgrad, "torch": torch, "jax": jax, "tinygrad": tinygrad}
