"""What one row of the op table says about an op, and small helpers to write rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Sample:
    """One call.  Arrays (also inside lists) become tensors of either library.

    Floating arrays are given in float64 and run in float32 and float64; integer
    and bool arrays stay as they are.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """A call that must fail, the exception class and a pattern its text must match."""

    sample: Sample
    error: type[Exception]
    match: str


@dataclass(frozen=True)
class Row:
    """An op with its samples: values and gradients are compared with torch.

    ``light`` and ``torch`` are called with the sample's arguments; by default
    both call the tensor method named ``op`` of the first argument.
    """

    op: str
    samples: list[Sample]
    light: Callable[..., Any] | None = None
    torch: Callable[..., Any] | None = None
    faults: list[Fault] = field(default_factory=list)
    grad: bool = True  # compare gradients with torch, and gradcheck in float64
    gradgrad: bool = True  # gradgradcheck in float64
    smooth: bool = True  # False: samples at kinks or ties; torch is compared, differences are not
    float32: bool = True  # run in float32 too
    rtol: float = 1e-5  # for float32; float64 uses 1e-9 unless rtol64 says else
    atol: float = 1e-6
    rtol64: float = 1e-9
    needs: str = ""  # a dtype that a device may refuse, with an error that names it


def call(*args: Any, **kwargs: Any) -> Sample:
    """A sample, written like the call."""
    return Sample(args, kwargs)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Float64 samples, standard normal."""
    return np.asarray(rng(seed + 31 * len(shape) + sum(shape)).standard_normal(shape))


def between(low: float, high: float, *shape: int, seed: int = 0) -> np.ndarray:
    """Float64 samples, uniform."""
    return np.asarray(rng(seed + 31 * len(shape) + sum(shape)).uniform(low, high, shape))


def distinct(*shape: int, seed: int = 0) -> np.ndarray:
    """Float64 values at least 0.1 apart, shuffled: no ties, no kinks nearby."""
    n = int(np.prod(shape, dtype=int))
    values = (np.arange(n) - n / 2 + 0.25) * 0.1
    return rng(seed).permutation(values).reshape(shape)


def ints(low: int, high: int, *shape: int, seed: int = 0) -> np.ndarray:
    """int64 samples in [low, high)."""
    return rng(seed).integers(low, high, shape)


def bools(*shape: int, seed: int = 0) -> np.ndarray:
    return rng(seed).integers(0, 2, shape).astype(bool)
