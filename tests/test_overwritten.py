"""What was overwritten, or rounded away, has the gradient zero and not none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad.autograd import grad
from tests.helpers import leaf

CHANGES: dict[str, Callable[..., Any]] = {
    "copy_": lambda s, a: s.copy_(a),
    "copy_ of a constant": lambda s, a: s.copy_(a.detach()),
    "copy_ of a view": lambda s, a: s[:].copy_(a),
    "copy_ of a part": lambda s, a: s[:1].copy_(a[1:]),
    "fill_": lambda s, a: s.fill_(3.0),
    "setitem": lambda s, a: s.__setitem__(..., a),
    "uniform_": lambda s, a: s.uniform_(),
    "normal_": lambda s, a: s.normal_(),
    "bernoulli_": lambda s, a: s.bernoulli_(0.5),
    "normal_ of a part": lambda s, a: s[1:].normal_(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_old_values_have_the_gradient_zero(every_backend: Any, name: str) -> None:
    found = []
    for make in (leaf, lambda x: torch.tensor(x, requires_grad=True)):
        a, b = make([1.0, 2.0]), make([3.0, 4.0])
        s = b * 2
        CHANGES[name](s, a)
        loss = (s * make([5.0, 7.0]).detach()).sum()
        ask: Any = grad if make is leaf else torch.autograd.grad
        got = ask(loss, (a, b), allow_unused=True)
        found.append([None if g is None else g.tolist() for g in got])
    assert found[0] == found[1]


def test_nothing_is_recorded_of_what_has_no_history(every_backend: Any) -> None:
    s = leaf([1.0, 2.0], requires_grad=False)
    assert not s.copy_(leaf([3.0, 4.0], requires_grad=False)).requires_grad
    assert not s.normal_().requires_grad


@pytest.mark.parametrize("mode", ["floor", "trunc"])
def test_a_rounded_quotient_has_the_gradient_zero(every_backend: Any, mode: Any) -> None:
    x, y = np.array([[7.0, -7.0, 0.0]]), np.array([[2.0], [0.0]])
    a, b = leaf(x), leaf(y)
    u, v = (torch.tensor(t, dtype=torch.float32, requires_grad=True) for t in (x, y))
    found, right = a.divide(b, rounding_mode=mode), torch.divide(u, v, rounding_mode=mode)
    np.testing.assert_array_equal(found.numpy(), right.detach().numpy())
    found.sum().backward()
    assert a.grad.tolist() == [[0, 0, 0]] and b.grad.tolist() == [[0], [0]]
    alone = a.divide(2, rounding_mode=mode)
    assert grad(alone.sum(), a)[0].tolist() == [[0, 0, 0]]
    counts = leaf([7, -7], "int64").divide(leaf([2, 2], "int64"), rounding_mode=mode)
    assert counts.tolist() == ([3, -4] if mode == "floor" else [3, -3])
