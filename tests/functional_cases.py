"""Functions that the tests of `light.functional` differentiate."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import lightgrad as light

theirs = torch.autograd.functional


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def ours(value: Any, requires_grad: bool = False) -> Any:
    """The arrays of a nest as tensors."""
    if isinstance(value, dict):
        return {k: ours(v, requires_grad) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(ours(v, requires_grad) for v in value)
    return light.tensor(value, dtype=light.float64, requires_grad=requires_grad)


def torchs(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: torchs(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(torchs(v) for v in value)
    return torch.tensor(value, dtype=torch.float64)


MATRIX, VECTOR = normal(3, 4), normal(4, seed=1)


def several_valued(a: Any, b: Any) -> Any:
    return a.sum(0) * b, (b * b).sum()
