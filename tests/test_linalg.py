"""light.linalg: torch.linalg's names, which call operations; those that are no operations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.errors import LinAlgError

RNG = np.random.default_rng(2)
A = RNG.standard_normal((2, 3, 3))
PAIR = RNG.standard_normal((2, 3, 2))


def test_every_name_is_torchs_and_has_its_own() -> None:
    for name in light.linalg.__all__:
        assert getattr(torch.linalg, name, None) is not None, name
        found = getattr(light.linalg, name)
        assert found.__name__ == name and found.__doc__
    with pytest.raises(AttributeError, match="solve"):
        getattr(light.linalg, "solv")  # noqa: B009


def test_arguments_by_torchs_names() -> None:
    a, b = light.tensor(A), light.tensor(PAIR)
    expected = torch.linalg.solve(torch.tensor(A), torch.tensor(PAIR)).numpy()
    for found in (light.linalg.solve(A=a, B=b), light.linalg.solve(a, b)):
        np.testing.assert_allclose(found.numpy(), expected)
    norm = light.linalg.vector_norm(x=a, ord=1, dim=(0, 2))
    np.testing.assert_allclose(norm.numpy(), np.abs(A).sum((0, 2)))


def test_numbers_in_the_place_of_errors() -> None:
    singular = A.copy()
    singular[1] = 0
    for name in ("inv_ex", "cholesky_ex"):
        for values in (A @ np.swapaxes(A, 1, 2), singular @ np.swapaxes(singular, 1, 2)):
            found = getattr(light.linalg, name)(light.tensor(values))
            expected = getattr(torch.linalg, name)(torch.tensor(values))
            assert ((found.info.numpy() != 0) == (expected.info.numpy() != 0)).all()
            good = found.info.numpy() == 0
            np.testing.assert_allclose(found[0].numpy()[good], expected[0].numpy()[good])
    with pytest.raises(LinAlgError):
        light.linalg.inv_ex(light.zeros(2, 2), check_errors=True)


def test_what_is_no_operation() -> None:
    x = RNG.standard_normal((2, 3))
    for n in (None, 2, 5):
        expected = torch.linalg.vander(torch.tensor(x), N=n).numpy()
        np.testing.assert_allclose(light.linalg.vander(light.tensor(x), N=n).numpy(), expected)
    np.testing.assert_array_equal(
        light.linalg.diagonal(light.tensor(A)).numpy(), A.diagonal(axis1=1, axis2=2)
    )


@pytest.mark.parametrize("shape", ["hann", "hamming", "blackman", "bartlett", "kaiser"])
def test_windows(shape: str) -> None:
    name = f"{shape}_window"
    for n in (0, 1, 2, 7):
        for periodic in (True, False):
            found = getattr(light, name)(n, periodic, requires_grad=False)
            expected = getattr(torch, name)(n, periodic)
            assert found.dtype == "float32"
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)
