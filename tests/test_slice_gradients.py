"""Gradients of many parts of one tensor: added up in place, and the same as without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from tests.backends import VARIANTS, variant

torch = pytest.importorskip("torch")


@pytest.fixture(params=VARIANTS)
def cls(request: Any) -> Iterator[Any]:
    with variant(request.param) as found:
        yield found


def parts(x: Any) -> Any:
    first, second = x.chunk(2, 2)
    total = sum((p * float(i + 1)).sum() for i, p in enumerate(x.unbind(0)))
    return (
        total + (first * second).sum() + (x[1:3, :, None, 2] ** 2).sum() + x[0, 0, 0] * x[-1, 0, 1]
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parts_of_one_tensor_add_up(cls: Any, dtype: str) -> None:
    values = np.random.default_rng(0).normal(size=(4, 3, 6)).astype(dtype)
    x, y = cls.from_numpy(values), torch.from_numpy(values).requires_grad_()
    parts(x).backward()
    parts(y).backward()
    np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_second_order_and_inputs_agree_with_the_plain_way(cls: Any) -> None:
    values = np.random.default_rng(1).normal(size=(4, 3, 6))
    x, y = cls.from_numpy(values), torch.from_numpy(values).requires_grad_()
    (plain,) = light.autograd.grad(parts(x), x, create_graph=True)
    (quick,) = light.autograd.grad(parts(x), x)
    np.testing.assert_allclose(quick.numpy(), plain.detach().numpy())
    (second,) = light.autograd.grad((plain * plain).sum(), x)
    (theirs,) = torch.autograd.grad(parts(y), y, create_graph=True)
    (expected,) = torch.autograd.grad((theirs * theirs).sum(), y)
    np.testing.assert_allclose(second.numpy(), expected.numpy(), rtol=1e-9)


def test_a_gradient_that_somebody_holds_is_not_added_to(cls: Any) -> None:
    x = cls.from_numpy(np.zeros(3, "float32"))
    y = x * 1
    held = cls.from_numpy(np.ones(3, "float32"), requires_grad=False)
    five = cls.from_numpy(np.array(5.0, "float32"), requires_grad=False)
    light.autograd.grad([y, y[0]], x, [held, five])
    assert held.tolist() == [1.0, 1.0, 1.0]


def test_views_of_changed_memory_saved_nothing_and_have_their_gradients(cls: Any) -> None:
    x = cls.from_numpy(np.zeros(4, "float32"))
    y = x * 1
    a, b = y[:2], y[2:]
    with light.no_grad():
        y.add_(1)
    (a.sum() + 2 * b.sum()).backward()
    assert x.grad.tolist() == [1.0, 1.0, 2.0, 2.0]


def test_a_large_sum_does_not_depend_on_the_threads() -> None:
    from lightgrad.autograd.cpu.threads import get_num_threads, set_num_threads

    x = light.from_numpy(
        np.random.default_rng(2).random((3, 1 << 20), np.float32), requires_grad=False
    )
    before, found = get_num_threads(), []
    try:
        for n in (1, 2):
            set_num_threads(n)
            found.append([x.sum(dim).numpy() for dim in (None, 0, 1)])
    finally:
        set_num_threads(before)
    for one, two, dim in zip(*found, (None, 0, 1), strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one, x.numpy().sum(dim, np.float64), rtol=1e-6)
