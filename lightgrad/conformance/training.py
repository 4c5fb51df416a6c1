"""Level 9: steps of all optimizers, and training whose losses follow the CPU's in float64."""

import copy
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

import lightgrad as light
from lightgrad import nn, optim
from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.conformance.checks import Check
from lightgrad.conformance.samples import normal
from lightgrad.conformance.target import Mismatch, Target, near

#: optimizer -> the settings to try
OPTIMIZERS: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ],
    "Adam": [{"lr": 0.1}, {"lr": 0.1, "amsgrad": True, "weight_decay": 0.01}],
    "AdamW": [{"lr": 0.1}],
    "AdaBelief": [{"lr": 0.1, "eps": 1e-8}],
    "RMSprop": [{"lr": 0.05}, {"lr": 0.05, "momentum": 0.9, "centered": True}],
    "Adagrad": [{"lr": 0.1}],
    "Adadelta": [{"lr": 1.0}],
}


def digits(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images of 8 by 8 and their classes: ten patterns of strokes, shifted, with noise.

    >>> images, classes = digits(20)
    >>> images.shape, classes.shape
    ((20, 8, 8), (20,))
    """
    rng = np.random.default_rng(seed)
    patterns = np.zeros((10, 8, 8))
    for k in range(10):
        row, column = 1 + k % 5, 1 + (3 * k) % 5
        patterns[k, row, 1:7] = 1
        patterns[k, 1:7, column] = 1
        patterns[k, 6, 6] = k % 2
    classes = rng.permutation(np.arange(n) % 10)
    images = patterns[classes] + 0.2 * rng.standard_normal((n, 8, 8))
    shifts = rng.integers(0, 2, n)
    return np.stack([np.roll(a, s, 1) for a, s in zip(images, shifts, strict=True)]), classes


def mlp() -> Any:
    """A small perceptron for `digits`."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))


def cnn() -> Any:
    """A small convolutional network for `digits`."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 10)
    )


@cache
def _built(make: Callable[[], Any]) -> Any:
    state = light.get_rng_state()
    light.manual_seed(1)
    try:
        return make()
    finally:
        light.set_rng_state(state)


def built(make: Callable[[], Any]) -> Any:
    """A model with the same weights every time; the user's random stream stays where it is."""
    return copy.deepcopy(_built(make))


def trained(make: Callable[[], Any], cls: Any, dtype: Any, steps: int, image: bool) -> list[float]:
    """The losses of some steps on `digits`."""
    model = built(make).to(dtype=dtype)
    if cls is not CpuTensor:
        model = model.to(device=cls)
    images, classes = digits(32)
    x: Any = cls.from_numpy(images[:, None].astype(dtype) if image else images.astype(dtype), False)
    target = cls.from_numpy(classes, False)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(x).cross_entropy(target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _curve(make: Callable[[], Any], steps: int) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        target.require(np.int64)
        image = make is cnn
        losses = trained(make, target.cls, target.dtype, steps, image)
        true = trained(make, CpuTensor, np.dtype(np.float64), steps, image)
        tolerance = 0.1 if target.dtype.itemsize == 2 else 2e-3
        near("the losses", np.array(losses), np.array(true), tolerance)
        if not losses[-1] < 0.7 * losses[0]:
            raise Mismatch(f"the loss went from {losses[0]:.4f} to {losses[-1]:.4f} only")

    return run


def _stepped(name: str, settings: dict[str, Any]) -> Callable[[Target], None]:
    def steps(cls: Any, dtype: Any) -> list[np.ndarray]:
        weights = [normal(3, 4).astype(dtype), normal(4).astype(dtype)]
        w, b = (cls.from_numpy(a, requires_grad=True) for a in weights)
        x = cls.from_numpy(normal(5, 3, seed=1).astype(dtype), False)
        optimizer = getattr(optim, name)([w, b], **settings)
        for _ in range(5):
            optimizer.zero_grad()
            ((x @ w + b - 1) ** 2).mean().backward()
            optimizer.step()
        if not all(isinstance(t, AbstractTensor) and type(t) is cls for t in (w, b, w.grad)):
            raise Mismatch(f"{name} left a parameter or gradient on another device")
        return [w.numpy(), b.numpy()]

    def run(target: Target) -> None:
        parameters, true = steps(target.cls, target.dtype), steps(CpuTensor, np.dtype(np.float64))
        tolerance = 5e-2 if target.dtype.itemsize == 2 else 1e-3
        for f, e in zip(parameters, true, strict=True):
            near("a parameter after five steps", f.astype(np.float64), e, tolerance)

    return run


def checks() -> Iterator[Check]:
    """Every optimizer with its settings, then two networks."""
    for name, tried in OPTIMIZERS.items():
        for settings in tried:
            text = ", ".join(f"{k}={v}" for k, v in settings.items())
            yield Check(9, name, f"{name}({text})", _stepped(name, settings))
    yield Check(9, "MLP", "a perceptron on digits", _curve(mlp, 25))
    yield Check(9, "CNN", "a convolutional network on digits", _curve(cnn, 25))
