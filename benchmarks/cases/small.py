"""The expression of the README on 10 x 10: what an operation costs beside its arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Step

SUMMARY = "(tanh a + sigmoid b) @ (relu c - sigmoid a) on 10 x 10, forward and backward"


def arrays() -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.uniform(-1, 1, (10, 10)).astype(np.float32) for _ in "abc"]


def lightgrad() -> Step:
    import lightgrad as light

    a, b, c = tensors = [light.from_numpy(x).requires_grad_() for x in arrays()]

    def run() -> None:
        a.zero_grad()
        b.zero_grad()
        c.zero_grad()
        y = (a.tanh() + b.sigmoid()) @ (c.relu() - a.sigmoid())
        y.backward(allow_fill=True)

    return Step(run, lambda: {n: t.grad.numpy() for n, t in zip("abc", tensors, strict=True)})


def torch() -> Step:
    import torch

    a, b, c = tensors = [torch.from_numpy(x).requires_grad_() for x in arrays()]

    def run() -> None:
        a.grad = b.grad = c.grad = None
        y = (a.tanh() + b.sigmoid()) @ (c.relu() - a.sigmoid())
        y.backward(torch.ones_like(y))

    return Step(run, lambda: {n: t.grad.numpy() for n, t in zip("abc", tensors, strict=True)})


PEERS = {"lightgrad": lightgrad, "torch": torch}
