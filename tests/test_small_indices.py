"""Indices of small integers: the places they lead to are larger than their dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import ShapeError
from tests.helpers import leaf

PLACES = [3, 60, 100]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32"])
def test_values_go_where_the_index_says(every_backend: Any, dtype: str) -> None:
    right = np.zeros((300, 20))
    right[PLACES] = 1
    index = leaf(np.tile(np.array(PLACES)[:, None], 20), dtype, False)

    x = leaf(np.zeros((300, 20)))
    x.gather(0, index).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), right)

    ones = leaf(np.ones((3, 20)), requires_grad=False)
    found = leaf(np.zeros((300, 20)), requires_grad=False).scatter_add(0, index, ones)
    np.testing.assert_array_equal(found.numpy(), right)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_gradients_of_picked_elements(every_backend: Any, dtype: str) -> None:
    x, index = leaf(np.zeros((2, 200, 300))), leaf([-1, 3, 100], dtype, False)
    (x[:, index].sum() + x[1, index, index].sum()).backward()
    right = np.zeros((2, 200, 300))
    right[:, [-1, 3, 100]] += 1
    right[1, [-1, 3, 100], [-1, 3, 100]] += 1
    np.testing.assert_array_equal(x.grad.numpy(), right)


def test_of_several_values_for_one_place_the_last_stays(every_backend: Any) -> None:
    """However the indices lie in memory."""

    for shape, dim in (((3,), 0), ((1, 3), 1), ((1, 3, 1), 1)):
        turned = (slice(None, None, -1),) * len(shape)
        at, new = (
            light.CpuTensor(a.reshape(shape)[turned].copy()[turned], False).to(every_backend)
            for a in (np.array([0, 3, 0]), np.array([1, 2, 3], "float32"))
        )
        zeros = leaf(np.zeros([4 if n == 3 else n for n in shape]), requires_grad=False)
        found = [zeros.scatter(dim, at, new), zeros.reshape(-1), zeros.reshape(-1).clone()]
        found[1][at] = new
        found[2].index_put_((at,), new)
        for t in found:
            np.testing.assert_array_equal(t.numpy().ravel(), [3.0, 0.0, 0.0, 2.0])


def test_a_gradient_of_another_part_is_refused(every_backend: Any) -> None:
    index = leaf([2, 0, 2], "int64", False)
    with pytest.raises(ShapeError, match="index_backward"):
        leaf(np.ones((4, 3)), requires_grad=False).index_backward((2, 4), (1,), index).numpy()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_an_ignored_index_need_not_fit_into_the_targets_dtype(
    every_backend: Any, dtype: str
) -> None:
    for ignored in (-100, 300, 2**32, 2**33 + 1):  # which would be classes, cut to 8 or 32 bits
        x, target = leaf([[1.0, 2.0], [3.0, 1.0]]), leaf([0, 1], dtype, False)
        loss = x.cross_entropy(target, ignore_index=ignored, reduction="sum")
        np.testing.assert_allclose(loss.item(), np.log1p(np.e) + np.log1p(np.e**2), rtol=1e-6)
        loss.backward()
        p, q = 1 / (1 + np.e), 1 / (1 + np.e**2)
        np.testing.assert_allclose(x.grad.numpy(), [[p - 1, 1 - p], [1 - q, q - 1]], rtol=1e-5)
