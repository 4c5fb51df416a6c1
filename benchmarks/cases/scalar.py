"""A training step of `examples/moons.py`, as a graph of numbers and as tensors.

One way is micrograd's own: each neuron adds up its products, and each product is a node
of the graph, here over 0-d tensors.  The other is what tensors are for.  Both are
compared with the package micrograd, which calculates in Python's floats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.cases import Step

SUMMARY = "moons (100 points, two hidden layers of 16): hinge loss, L2, backward, gradient step"
VARIANTS = {"scalars": {"way": "scalars"}, "tensors": {"way": "tensors"}}

POINTS, SIZES = 100, (2, 16, 16, 1)
RATE, WEIGHT_DECAY = 1e-3, 1e-4


def data() -> tuple[Any, Any]:
    """Two half moons, and -1 or 1 for which of them."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, np.pi, POINTS)
    side = np.where(np.arange(POINTS) % 2, 1.0, -1.0)
    x = np.stack([0.5 - side * (0.5 - np.cos(angle)), 0.25 - side * (np.sin(angle) - 0.25)], 1)
    return x + rng.normal(0, 0.1, x.shape), side


def weights() -> list[tuple[Any, Any]]:
    """Matrix (outputs first) and bias of each layer."""
    rng = np.random.default_rng(1)
    return [(rng.uniform(-1, 1, (m, n)), np.zeros(m)) for n, m in pairwise(SIZES)]


def layers_of(number: Callable[[float], Any]) -> list[list[list[Any]]]:
    """The weights as single numbers: for every neuron its weights, then its bias."""
    return [
        [[number(v) for v in (*row, b)] for row, b in zip(w.tolist(), bias.tolist(), strict=True)]
        for w, bias in weights()
    ]


def scores(layers: Sequence[Any], x: Sequence[Any]) -> Any:
    """micrograd's forward pass, a neuron at a time."""
    for k, layer in enumerate(layers):
        out = []
        for *w, b in layer:
            act = b
            for wi, xi in zip(w, x, strict=True):
                act = act + wi * xi
            out.append(act if k == len(layers) - 1 else act.relu())
        x = out
    return x[0]


def objective(layers: Sequence[Any], x: Any, y: Any) -> Any:
    losses = [(1 + -yi * scores(layers, xi)).relu() for xi, yi in zip(x, y, strict=True)]
    penalty = sum(p * p for layer in layers for neuron in layer for p in neuron)
    return sum(losses) * (1.0 / len(losses)) + WEIGHT_DECAY * penalty


def nested(layers: Sequence[Any], read: Callable[[Any], float]) -> dict[str, Any]:
    """One number of each weight, as a matrix per layer."""
    return {
        f"layer {k}": np.array([[read(p) for p in neuron] for neuron in layer])
        for k, layer in enumerate(layers)
    }


def micrograd(way: str) -> Step:
    from micrograd.engine import Value

    x, y = (a.tolist() for a in data())
    layers = layers_of(Value)
    parameters = [p for layer in layers for neuron in layer for p in neuron]
    losses = []

    def run() -> None:
        for p in parameters:
            p.grad = 0
        # its numbers enter a graph as Values
        loss = objective(layers, [list(map(Value, xi)) for xi in x], y)
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        losses[:] = [loss]

    def results() -> dict[str, Any]:
        return {"loss": losses[0].data, **nested(layers, lambda p: p.grad)}

    return Step(run, results)


def lightgrad(way: str) -> Step:
    return {"scalars": _scalars, "tensors": _tensors}[way]()


def _scalars() -> Step:
    import lightgrad as light

    x, y = (a.tolist() for a in data())
    layers = layers_of(lambda v: light.tensor(v, dtype=light.float64))
    parameters = [p for layer in layers for neuron in layer for p in neuron]
    optim = light.optim.SGD(parameters, lr=RATE)
    losses = []

    def constant(v: float) -> Any:
        return light.tensor(v, dtype=light.float64, requires_grad=False)

    def run() -> None:
        optim.zero_grad()
        # its numbers enter the graph as 0-d tensors, as micrograd's do as Values
        loss = objective(layers, [list(map(constant, xi)) for xi in x], y)
        loss.backward()
        optim.step()
        losses[:] = [loss]

    def results() -> dict[str, Any]:
        return {"loss": losses[0].item(), **nested(layers, lambda p: p.grad.item())}

    return Step(run, results)


def _tensors() -> Step:
    import lightgrad as light

    x, y = (light.from_numpy(a, requires_grad=False) for a in data())
    layers = [tuple(map(light.from_numpy, pair)) for pair in weights()]
    parameters = [p for pair in layers for p in pair]
    optim = light.optim.SGD(parameters, lr=RATE)
    losses = []

    def run() -> None:
        optim.zero_grad()
        (w1, b1), (w2, b2), (w3, b3) = layers
        h = light.linear(light.linear(x, w1, b1).relu(), w2, b2).relu()
        score = light.linear(h, w3, b3).reshape(-1)
        penalty = sum((p * p).sum() for p in parameters)
        loss = (1 - y * score).relu().mean() + WEIGHT_DECAY * penalty
        loss.backward()
        optim.step()
        losses[:] = [loss]

    def results() -> dict[str, Any]:
        grads = [np.column_stack([w.grad.numpy(), b.grad.numpy()]) for w, b in layers]
        return {"loss": losses[0].item(), **{f"layer {k}": g for k, g in enumerate(grads)}}

    return Step(run, results)


PEERS = {"lightgrad": lightgrad, "micrograd": micrograd}
