"""The step of each optimizer alone, on a million parameters in a hundred tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Step

SUMMARY = "step() of each optimizer on 100 tensors of 100 x 100 parameters with gradients"
TENSORS, SHAPE = 100, (100, 100)
#: steps before the parameters are compared
STEPS = 9
VARIANTS: dict[str, dict[str, Any]] = {
    "sgd": {"name": "SGD", "lr": 0.1},
    "sgd momentum": {"name": "SGD", "lr": 0.1, "momentum": 0.9},
    "sgd nesterov decay": {
        "name": "SGD",
        "lr": 0.1,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 1e-2,
    },
    "adam": {"name": "Adam", "lr": 1e-3},
    "adam amsgrad": {"name": "Adam", "lr": 1e-3, "amsgrad": True},
    "adamw": {"name": "AdamW", "lr": 1e-3},
    "rmsprop": {"name": "RMSprop", "lr": 1e-3},
    "rmsprop centered momentum": {
        "name": "RMSprop",
        "lr": 1e-3,
        "centered": True,
        "momentum": 0.9,
    },
    "adagrad": {"name": "Adagrad", "lr": 1e-2},
    "adadelta": {"name": "Adadelta", "lr": 1.0},
}


def arrays() -> tuple[list[Any], list[Any]]:
    """Parameters and gradients."""
    rng = np.random.default_rng(3)
    draw = [rng.normal(0, 1, SHAPE).astype(np.float32) for _ in range(2 * TENSORS)]
    return draw[:TENSORS], draw[TENSORS:]


def _step(optimizer: Any, params: list[Any]) -> Step:
    for _ in range(STEPS):
        optimizer.step()
    return Step(optimizer.step, lambda: {f"{i}": p.detach().numpy() for i, p in enumerate(params)})


def lightgrad(name: str, **options: Any) -> Step:
    import lightgrad as light

    values, grads = arrays()
    params = [light.from_numpy(a).requires_grad_() for a in values]
    for p, g in zip(params, grads, strict=True):
        p.grad = light.from_numpy(g, requires_grad=False)
    return _step(getattr(light.optim, name)(params, **options), params)


def torch(name: str, **options: Any) -> Step:
    import torch

    values, grads = arrays()
    params = [torch.from_numpy(a).requires_grad_() for a in values]
    for p, g in zip(params, grads, strict=True):
        p.grad = torch.from_numpy(g)
    return _step(getattr(torch.optim, name)(params, **options), params)


PEERS = {"lightgrad": lightgrad, "torch": torch}
