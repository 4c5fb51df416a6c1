"""Hooks on gradients and retained gradients."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import pytest
import torch

import lightgrad as light
from lightgrad.autograd import (
    grad,
    no_grad,
)
from lightgrad.errors import (
    BackwardError,
    DtypeError,
    ShapeError,
)
from tests.helpers import equal, leaf


def test_hook_replaces_the_gradient() -> None:
    x = leaf([1.0, 2.0])
    h = x * 3
    h.register_hook(lambda g: g * 10)
    h.sum().backward()
    equal(x.grad, [30.0, 30.0])


def test_hooks_run_in_order_and_once_with_the_whole_gradient() -> None:
    x = leaf(1.0)
    h = x * 1
    seen: list[Any] = []
    h.register_hook(lambda g: seen.append(("first", g.item())))
    h.register_hook(lambda g: g + 1)
    h.register_hook(lambda g: seen.append(("third", g.item())))
    (h * 2 + h * 3).backward()
    assert seen == [("first", 5.0), ("third", 6.0)]
    equal(x.grad, 6.0)


def test_hook_on_a_leaf() -> None:
    x = leaf(1.0)
    seen: list[float] = []
    x.register_hook(lambda g: seen.append(g.item()))
    x.register_hook(lambda g: g * 2)
    (x * 3 + x * 4).backward()
    assert seen == [7.0]
    equal(x.grad, 14.0)


def test_removed_hook_is_not_called() -> None:
    x = leaf(1.0)
    one = x.register_hook(lambda g: g * 10)
    two = x.register_hook(lambda g: g * 3)
    one.remove()
    one.remove()
    (x * 1).backward()
    equal(x.grad, 3.0)
    two.remove()
    x.zero_grad()
    (x * 1).backward()
    equal(x.grad, 1.0)


def test_hook_removed_between_does_not_replace_a_newer_one() -> None:
    x = leaf(1.0)
    one = x.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g * 3)
    one.remove()
    x.register_hook(lambda g: g * 5)
    x.backward()
    equal(x.grad, 15.0)


def test_hook_result_is_checked() -> None:
    x = leaf([1.0, 2.0])
    x.register_hook(lambda g: g.sum())
    with pytest.raises(ShapeError, match=r"hook must return None or a tensor of shape \(2,\)"):
        (x * 1).sum().backward()
    with pytest.raises(DtypeError, match="must be callable"):
        leaf(1.0).register_hook(3)
    with pytest.raises(BackwardError, match="register_hook.*does not require"):
        leaf(1.0, requires_grad=False).register_hook(print)


def test_hook_runs_in_every_backward() -> None:
    results = []
    for x, derive in (
        (leaf(2.0, "float64"), grad),
        (torch.tensor(2.0, dtype=torch.float64, requires_grad=True), torch.autograd.grad),
    ):
        h = x * x
        h.register_hook(lambda g: g * g * 3)
        (first,) = derive(h * h, x, create_graph=True)  # (2h)^2 * 3 * 2x = 24 x^5
        (second,) = derive(first, x)
        results.append((first.item(), second.item()))
    assert results[0] == results[1]
    assert results[0][0] == 24 * 2.0**5


def test_hook_that_keeps_its_gradient_sees_it_unchanged_later() -> None:
    x = leaf([1.0, 2.0])
    kept: list[Any] = []
    x.register_hook(kept.append)
    (x * 3).sum().backward()
    (x * 4).sum().backward()
    equal(kept[0], [3.0, 3.0])
    equal(kept[1], [4.0, 4.0])
    equal(x.grad, [7.0, 7.0])


def test_retain_grad() -> None:
    x = leaf([1.0, 2.0])
    h = x * 3
    assert h.grad is None
    h.retain_grad()
    h.retain_grad()  # twice is once
    (h * h).sum().backward()
    equal(h.grad, [6.0, 12.0])
    equal(x.grad, [18.0, 36.0])
    x.retain_grad()  # a leaf has it anyway
    with pytest.raises(BackwardError, match="retain_grad.*does not require"):
        leaf(1.0, requires_grad=False).retain_grad()


def test_retained_gradient_is_not_changed_by_the_leaves() -> None:
    x = leaf([1.0, 2.0])
    h = x + 0
    h.retain_grad()
    h.sum().backward()
    with no_grad():
        x.grad *= 7
    equal(h.grad, [1.0, 1.0])


def test_retained_gradient_follows_changes_in_place() -> None:
    x = leaf(3.0)
    y = x * 2
    y.retain_grad()
    y *= 5
    (y * y).backward()
    equal(y.grad, 60.0)
    equal(x.grad, 600.0)


def test_retained_gradient_is_what_hooks_made_of_it() -> None:
    x = leaf(3.0)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.backward()
    equal(y.grad, 10.0)


def test_a_hook_that_holds_its_own_tensor_does_not_keep_it_for_ever() -> None:
    def use() -> tuple[Any, Any]:
        x = light.tensor([1.0, 2.0])
        y = x * 2
        for t in (x, y):
            t.register_hook(lambda g, t=t: g * len(t.shape))
        y.sum().backward()
        assert x.grad.tolist() == [2.0, 2.0]
        return ref(x), ref(y)

    kept = use()
    gc.collect()
    assert [r() for r in kept] == [None, None]
