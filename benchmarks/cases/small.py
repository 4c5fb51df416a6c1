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


def mygrad() -> Step:
    import mygrad as mg
    from mygrad.nnet.activations import relu, sigmoid

    a, b, c = tensors = [mg.tensor(x) for x in arrays()]
    ones = np.ones((10, 10), np.float32)

    def run() -> None:
        y = (mg.tanh(a) + sigmoid(b)) @ (relu(c) - sigmoid(a))
        y.backward(ones)

    return Step(run, lambda: {n: t.grad for n, t in zip("abc", tensors, strict=True)})


def autograd() -> Step:
    import autograd.numpy as anp
    from autograd import make_vjp

    operands = arrays()
    ones = np.ones((10, 10), np.float32)
    kept: list[Any] = []

    def sigmoid(x: Any) -> Any:  # it has none; this one does the least
        return 0.5 * anp.tanh(0.5 * x) + 0.5

    def expression(a: Any, b: Any, c: Any) -> Any:
        return (anp.tanh(a) + sigmoid(b)) @ (anp.maximum(c, 0) - sigmoid(a))

    traced = make_vjp(expression, argnum=(0, 1, 2))

    def run() -> None:
        pull, _ = traced(*operands)
        kept[:] = pull(ones)

    return Step(run, lambda: dict(zip("abc", kept, strict=True)))


PEERS = {"lightgrad": lightgrad, "torch": torch, "mygrad": mygrad, "autograd": autograd}
