"""The same training in lightgrad and in torch, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lightgrad.autograd import CpuTensor

SHAPES = [(4, 3), (5,), ()]
ALL = [
    *("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "AdaBelief"),
    *("Adamax", "NAdam", "RAdam", "Rprop", "ASGD", "Adafactor"),
]
FULL: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9},
    "Adam": {"amsgrad": True},
    "RMSprop": {"momentum": 0.9, "centered": True},
}


def leaf(*values: float) -> Any:
    return CpuTensor.from_numpy(np.array(values, np.float32))


def params(dtype: str = "float64", seed: int = 0) -> tuple[list[Any], list[Any]]:
    """Parameters with the same values in both libraries."""
    rng = np.random.default_rng(seed)
    # Away from zero, where a relative error says little.
    values = [np.asarray(rng.uniform(0.5, 1.5, s) * rng.choice([-1, 1], s), dtype) for s in SHAPES]
    light = [CpuTensor.from_numpy(v) for v in values]
    return light, [torch.tensor(v, requires_grad=True) for v in values]


def set_grads(light: Any, other: Any, seed: int) -> None:
    """The same gradients in both libraries."""
    rng = np.random.default_rng(seed)
    for p, t in zip(light, other, strict=True):
        g = np.asarray(rng.standard_normal(p.shape), p.dtype)
        p.grad = CpuTensor.from_numpy(g, requires_grad=False)
        t.grad = torch.tensor(g)


def close(light: Any, other: Any, rtol: float = 1e-6) -> None:
    """Equal within ``rtol``, relative to the 0.5 to 1.5 that parameters start from.

    A parameter that passes through zero on its way is not known more exactly.
    """
    for p, t in zip(light, other, strict=True):
        np.testing.assert_allclose(p.numpy(), t.detach().numpy(), rtol=rtol, atol=rtol / 2)
