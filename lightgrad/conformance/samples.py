"""Arrays to call ops with, the same on every run, and what kind of values they hold."""

from dataclasses import dataclass

import numpy as np


def _rng(shape: tuple[int, ...], seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, len(shape), *shape])


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal float64."""
    return np.asarray(_rng(shape, seed).standard_normal(shape))


def between(low: float, high: float, *shape: int, seed: int = 0) -> np.ndarray:
    """Uniform float64."""
    return np.asarray(_rng(shape, seed).uniform(low, high, shape))


def distinct(*shape: int, seed: int = 0) -> np.ndarray:
    """Shuffled float64 at least 0.1 apart and 0.025 from zero: no ties, no kinks nearby."""
    n = int(np.prod(shape, dtype=int))
    values = (np.arange(n) - n // 2 + 0.25) * 0.1
    return _rng(shape, seed).permutation(values).reshape(shape)


def ints(low: int, high: int, *shape: int, seed: int = 0) -> np.ndarray:
    """int64 in [low, high)."""
    return np.asarray(_rng(shape, seed).integers(low, high, shape))


def bools(*shape: int, seed: int = 0) -> np.ndarray:
    """Both truths, at random."""
    return ints(0, 2, *shape, seed=seed).astype(bool)


@dataclass(frozen=True)
class Domain:
    """What a sample says of one of its arrays, for whoever draws other values in its place."""

    kind: str  # "f" stands for any floating dtype; "i", "u" and "b" are dtypes as they are
    shape: tuple[int, ...]
    low: float  # the least and the greatest finite value; 0 and 0 if there is none
    high: float


def domain(array: np.ndarray) -> Domain:
    """The kind, shape and interval of an array.

    >>> domain(np.array([[0.5, np.inf, -2.0]]))
    Domain(kind='f', shape=(1, 3), low=-2.0, high=0.5)
    """
    values = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    return Domain(array.dtype.kind, array.shape, low, high)
