"""Hooks on gradients and retained gradients."""

from __future__ import annotations

import gc
from functools import partial
from typing import Any
from weakref import ref

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import grad, hooks, no_grad
from lightgrad.errors import (
    BackwardError,
    DeviceError,
    DtypeError,
    ShapeError,
)
from tests.helpers import equal, leaf, shares_memory

pytestmark = pytest.mark.usefixtures("every_backend")


# ----------------------------------------------------------------- hooks


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


def times_ten(kept: list[Any], g: Any) -> None:
    kept.append(g.mul_(10))


@pytest.mark.filterwarnings("ignore:Using backward")  # torch warns of the cycle it makes
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("on", ["x", "y", "h", "k"])
def test_a_hook_in_place_changes_its_own_gradient_only(on: str, create_graph: bool) -> None:
    found = []
    for make in (leaf, lambda v: torch.tensor(v, requires_grad=True)):
        x, y = make([1.0, 2.0]), make([3.0, 4.0])
        h, k = x + y, (x + 0.0).reshape(2, 1).reshape(2)  # gradients that are passed on as they are
        h.retain_grad()
        k.retain_grad()
        kept: list[Any] = []
        hook = partial(times_ten, kept)
        {"x": x, "y": y, "h": h, "k": k}[on].register_hook(hook)
        z = h - k
        v = make([5.0, 7.0]).detach()
        z.backward(v, create_graph=create_graph)
        found.append([t.grad.tolist() for t in (x, y, h, k)] + [kept[0].tolist()])
        if make is leaf:
            equal(v, [5.0, 7.0])  # torch's is changed
    assert found[0] == found[1]


def test_a_hook_that_returns_somebody_elses_tensor() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (y * 3).sum().backward()
    other = leaf([5.0, 6.0], requires_grad=False)
    x.register_hook(lambda g: y.grad)
    x.register_hook(lambda g: g.mul_(2))  # not y's gradient, but what stands for x's
    x.register_hook(lambda g: other)
    x.register_hook(lambda g: g.add_(1))
    for n in (1, 2):
        (x * 1).sum().backward()
        equal(x.grad, [6.0 * n, 7.0 * n])
    equal(y.grad, [3.0, 3.0])
    equal(other, [5.0, 6.0])


def test_a_hook_that_returns_a_view_of_its_gradient() -> None:
    x, y = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([[0.0, 0.0], [0.0, 0.0]])
    x.register_hook(lambda g: g.T)
    (x + y).backward(leaf([[1.0, 2.0], [3.0, 4.0]], requires_grad=False))
    equal(x.grad, [[1.0, 3.0], [2.0, 4.0]])
    equal(y.grad, [[1.0, 2.0], [3.0, 4.0]])
    assert not shares_memory(x.grad, y.grad)


def test_hooks_that_come_and_go_while_hooks_run() -> None:
    """As in torch, those there at the beginning run."""
    found = []
    for make in (leaf, lambda v: torch.tensor(v, requires_grad=True)):
        x = make([1.0])
        seen: list[str] = []
        handles: list[Any] = []

        def first(g: Any, x: Any = x, seen: Any = seen, handles: Any = handles) -> None:
            seen.append("first")
            handles[1].remove()
            handles.append(x.register_hook(lambda g: seen.append("late")))

        handles += [x.register_hook(first), x.register_hook(lambda g: seen.append("second"))]  # noqa: B023
        (x * 1).sum().backward()
        (x * 1).sum().backward()
        found.append(seen)
    assert found[0] == found[1] == ["first", "second", "first", "late"]


def test_a_hook_must_stay_on_the_device() -> None:
    x = leaf([1.0, 2.0])
    there = "cpu" if x.device != "cpu" else None
    if there is None:
        pytest.skip("another device is needed")
    x.register_hook(lambda g: g.to(there))
    with pytest.raises(DeviceError, match="gradient hook: tensors on different devices"):
        (x * 1).sum().backward()


# ----------------------------------------------------------------- retained gradients


def test_retain_grad() -> None:
    x = leaf([1.0, 2.0])
    h = x * 3
    with pytest.warns(
        UserWarning, match=r"grad: the tensor of shape \(2,\) is the result of mul, .*retain_grad"
    ):
        assert h.grad is None
    h.retain_grad()
    h.retain_grad()  # twice is once
    assert h.grad is x.grad is leaf([1.0], requires_grad=False).grad is None  # in silence
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


@pytest.mark.parametrize("create_graph", [False, True])
def test_retained_gradients_share_no_memory(create_graph: bool) -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    parts = [x + y, x.reshape(2), y - 0.0]
    total = parts[0] + parts[1] + parts[2]
    for t in (*parts, total):
        t.retain_grad()
    v = leaf([1.0, 10.0], requires_grad=False)
    total.backward(v, create_graph=create_graph)
    grads = [v, *(t.grad for t in (*parts, total, x, y))]
    for i, a in enumerate(grads):
        assert not any(shares_memory(a, b) for b in grads[i + 1 :])
    equal(x.grad, [2.0, 20.0])
    equal(parts[0].grad, [1.0, 10.0])


def test_retained_gradients_add_up() -> None:
    x = leaf([1.0, 2.0])
    h = x * 3
    h.retain_grad()
    for n in (1, 2, 3):
        (h * h).sum().backward(retain_graph=True)
        equal(h.grad, [6.0 * n, 12.0 * n])


def test_retained_gradient_can_be_differentiated() -> None:
    x = leaf(2.0)
    h = x * x
    h.retain_grad()
    (h * h * h).backward(create_graph=True)  # 3 h^2 = 3 x^4
    (second,) = grad(h.grad, x)
    equal(second, 12 * 2.0**3)


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


@pytest.mark.parametrize("shown", ["the view", "the whole"])
def test_hook_of_a_changed_view_sees_what_comes_to_the_saved_result(shown: str) -> None:
    """As in torch: sigmoid saves its result, whose own gradient passes the hook too."""
    x = leaf([0.5, 0.25])
    whole = x * 2
    view = whole[0:1]
    view.sigmoid_()
    (view if shown == "the view" else whole).register_hook(lambda g: g * 2)
    (first,) = grad(view.sum(), (x,), create_graph=True)
    first.sum().backward()
    s = 1 / (1 + np.exp(-1.0))
    equal(x.grad, [2 * 2 * 4 * s * (1 - s) * (1 - 2 * s), 0.0])


def test_hooks_outlast_a_time_without_gradients() -> None:
    x = leaf([1.0, 2.0])
    handle = x.register_hook(lambda g: g * 10)
    for _ in range(2):
        x.requires_grad_(False)
        assert not (x * 3).requires_grad
        x.requires_grad = True
    (x * 3).sum().backward()
    assert x.grad.tolist() == [30, 30]
    x.requires_grad_(False)
    handle.remove()
    x.requires_grad_()
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_leaves_set_aside_go_with_their_tensors() -> None:
    before = len(hooks._ASIDE)
    x = leaf([1.0])
    x.register_hook(lambda g: g)
    x.requires_grad_(False)
    assert len(hooks._ASIDE) == before + 1
    del x
    assert len(hooks._ASIDE) == before


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("view", [False, True])
def test_retained_is_the_gradient_of_the_new_values(view: bool, used: bool) -> None:
    found = []
    for make in (leaf, lambda x: torch.tensor(x, requires_grad=True)):
        r = make([1.0, 2.0])
        q = (r * 1.5)[:] if view else r * 1.5
        q.retain_grad()
        k = q.clone()
        q.expm1_()
        ((k + 2 * q) if used else k).sum().backward()
        found.append((None if q.grad is None else q.grad.tolist(), r.grad.numpy()))
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6)
