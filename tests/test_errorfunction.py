"""erf and erfc against the standard library's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from tests.helpers import leaf

X = np.concatenate([np.linspace(-6.5, 6.5, 2001), np.linspace(-1, 1, 401), [1e-300, 27.0, -27.0]])


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_float64_to_the_last_places(name: str) -> None:
    y = getattr(light.tensor(X), name)().numpy()
    expected = np.array([getattr(math, name)(x) for x in X])
    np.testing.assert_allclose(y, expected, rtol=2e-13, atol=1e-300)


def test_erf_in_float32() -> None:
    x = X.astype(np.float32)
    y = light.tensor(x).erf().numpy()
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [math.erf(v) for v in x.tolist()], rtol=5e-7)
    assert np.abs(y).max() <= 1


def test_ends() -> None:
    x = light.tensor([math.nan, math.inf, -math.inf, 0.0], dtype="float64")
    np.testing.assert_array_equal(x.erf().numpy(), [math.nan, 1, -1, 0])
    np.testing.assert_array_equal(x.erfc().numpy(), [math.nan, 0, 2, 1])


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 4e-6), ("float64", 1e-13)])
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_the_tail_of_gelu_does_not_cancel(
    every_backend: Any, approximate: str, dtype: str, tolerance: float
) -> None:
    """Value and slope relative to themselves, not to one; -0.75 is where the slope is zero."""
    x = np.concatenate([np.linspace(-6.5, -0.9, 300), np.linspace(-0.6, 6.5, 300)]).astype(dtype)
    a = x.astype(np.float64)
    if approximate == "none":
        gate = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in a])
        steep = np.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    else:
        c, k = math.sqrt(2 / math.pi), 0.044715
        gate = 1 / (1 + np.exp(-2 * c * (a + k * a**3)))
        steep = gate / (1 + np.exp(2 * c * (a + k * a**3))) * 2 * c * (1 + 3 * k * a * a)
    t = leaf(x, dtype)
    y = t.gelu(approximate)
    y.sum().backward()
    np.testing.assert_allclose(y.numpy(), a * gate, rtol=tolerance)
    np.testing.assert_allclose(t.grad.numpy(), gate + a * steep, rtol=4 * tolerance)
