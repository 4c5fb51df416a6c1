"""erf and erfc against the standard library's."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lightgrad as light

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
