"""Gradients of many parts of one tensor: added up in place, and the same as without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light


def parts(x: Any) -> Any:
    first, second = x.chunk(2, 2)
    total = sum((p * float(i + 1)).sum() for i, p in enumerate(x.unbind(0)))
    return (
        total + (first * second).sum() + (x[1:3, :, None, 2] ** 2).sum() + x[0, 0, 0] * x[-1, 0, 1]
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parts_of_one_tensor_add_up(dtype: str) -> None:
    values = np.random.default_rng(0).normal(size=(4, 3, 6)).astype(dtype)
    torch = pytest.importorskip("torch")
    x, y = light.from_numpy(values), torch.from_numpy(values).requires_grad_()
    parts(x).backward()
    parts(y).backward()
    np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_second_order_and_inputs_agree_with_the_plain_way() -> None:
    x = light.from_numpy(np.random.default_rng(1).normal(size=(4, 3, 6)))
    (plain,) = light.autograd.grad(parts(x), x, create_graph=True)
    (quick,) = light.autograd.grad(parts(x), x)
    np.testing.assert_allclose(quick.numpy(), plain.detach().numpy())
    (second,) = light.autograd.grad((plain * plain).sum(), x)
    assert np.isfinite(second.numpy()).all() and second.shape == x.shape


def test_a_gradient_that_somebody_holds_is_not_added_to() -> None:
    x = light.zeros(3)
    y = x * 1
    held = light.tensor([1.0, 1.0, 1.0], requires_grad=False)
    light.autograd.grad([y, y[0]], x, [held, light.tensor(5.0, requires_grad=False)])
    assert held.tolist() == [1.0, 1.0, 1.0]


def test_a_view_of_changed_memory_is_refused_in_every_part() -> None:
    x = light.zeros(4)
    y = x * 1
    a, b = y[:2], y[2:]
    with light.no_grad():
        y.add_(1)
    with pytest.raises(light.errors.InplaceError):
        (a.sum() + b.sum()).backward()


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
