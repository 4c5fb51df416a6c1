"""A graph as deep as a long recurrent network: no recursion, constant cost per op."""

from __future__ import annotations

from benchmarks.cases import Step

SUMMARY = "100,000 multiplications one after another, then backward"
LENGTH = 100_000
FACTOR = 1.00001


def lightgrad() -> Step:
    import lightgrad as light

    x = light.tensor(1.0)

    def run() -> None:
        x.zero_grad()
        y = x
        for _ in range(LENGTH):
            y = y * FACTOR
        y.backward()

    return Step(run, lambda: {"gradient": x.grad.numpy()})


def torch() -> Step:
    import torch

    x = torch.tensor(1.0, requires_grad=True)

    def run() -> None:
        x.grad = None
        y = x
        for _ in range(LENGTH):
            y = y * FACTOR
        y.backward()

    return Step(run, lambda: {"gradient": x.grad.numpy()})


PEERS = {"lightgrad": lightgrad, "torch": torch}
