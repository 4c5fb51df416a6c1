"""AdaBelief against the paper's formula in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lightgrad import optim
from lightgrad.autograd import CpuTensor

OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-4},
    {"lr": 0.01, "weight_decay": 0.1},
    {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": False, "maximize": True},
    {"lr": 0.01, "amsgrad": True},
]


def reference(p: Any, grads: Any, o: dict[str, Any]) -> Any:
    (b1, b2), eps = o["betas"], o["eps"]
    m = s = top = np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        g = -g if o["maximize"] else g
        if o["decoupled_weight_decay"]:
            p = p - o["lr"] * o["weight_decay"] * p
        else:
            g = g + o["weight_decay"] * p
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * (g - m) ** 2 + eps
        top = np.maximum(top, s)
        v = (top if o["amsgrad"] else s) / (1 - b2**t)
        p = p - o["lr"] * m / (1 - b1**t) / (np.sqrt(v) + eps)
    return p


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_twenty_steps(options: dict[str, Any], dtype: str, rtol: float) -> None:
    rng = np.random.default_rng(1)
    start, grads = rng.uniform(0.5, 1.5, (3, 4)), rng.standard_normal((20, 3, 4)).astype(dtype)
    p = CpuTensor.from_numpy(start.astype(dtype))
    start = p.numpy().astype("float64")
    optimizer = optim.AdaBelief([p], **options)
    for i, g in enumerate(grads, 1):
        p.grad = CpuTensor.from_numpy(g, requires_grad=False)
        optimizer.step()
        expected = reference(start, grads[:i].astype("float64"), optimizer.defaults)
        np.testing.assert_allclose(p.numpy(), expected, rtol=rtol)


def test_the_defaults_are_the_papers() -> None:
    group = optim.AdaBelief([CpuTensor.ones(1)]).param_groups[0]
    assert (group["lr"], group["betas"], group["eps"]) == (1e-3, (0.9, 0.999), 1e-16)
