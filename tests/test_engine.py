"""The engine: graphs of every form, what is kept, what is freed, where it starts."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad.autograd import (
    grad,
    no_grad,
)
from lightgrad.errors import (
    BackwardError,
    DtypeError,
    ShapeError,
)
from tests.helpers import equal, leaf, without_gc

pytestmark = pytest.mark.usefixtures("every_backend")


# ----------------------------------------------------------------- forms of graphs


@pytest.mark.parametrize("swap", [False, True])
def test_diamond(swap: bool) -> None:
    x = leaf(3.0)
    left, right = x * 2, x * x
    y = right + left if swap else left + right
    y.backward()
    equal(x.grad, 2 + 6)


@pytest.mark.parametrize("swap", [False, True])
def test_diamond_with_arms_of_different_length(swap: bool) -> None:
    x = leaf(0.5)
    short = x * 3
    long = ((x * x) * x) * x
    y = long * short if swap else short * long
    y.backward()
    equal(x.grad, 15 * 0.5**4)


@pytest.mark.parametrize("swap", [False, True])
def test_diamond_whose_arm_feeds_the_other(swap: bool) -> None:
    x = leaf(2.0)
    a = x * x
    b = a * 5
    y = a * b if swap else b * a  # 5 x^4
    y.backward()
    equal(x.grad, 20 * 8)


def test_doubling_twice() -> None:
    a = leaf(1.0)
    b = a + a
    c = b + b
    c.backward()
    equal(c, 4.0)
    equal(a.grad, 4.0)


def test_many_doublings_count_every_path() -> None:
    a = leaf(1.0, "float64")
    b = a
    for _ in range(60):  # 2^60 paths: each node must be visited once
        b = b + b
    b.backward()
    equal(a.grad, 2.0**60)


def test_one_subgraph_used_twice() -> None:
    x = leaf([1.0, 2.0])
    shared = (x * x).tanh()
    y = (shared * 3).sum() + (shared * shared).sum()
    y.backward()
    s = np.tanh(np.array([1.0, 4.0]))
    equal(x.grad, (3 + 2 * s) * (1 - s**2) * 2 * np.array([1.0, 2.0]), 1e-4)


def test_a_node_reused_many_times() -> None:
    x = leaf([1.0, -2.0])
    h = x * 2
    y = h
    for _ in range(9):
        y = y + h
    y.sum().backward()
    equal(x.grad, [20.0, 20.0])


def test_two_outputs_of_one_node_backward_separately() -> None:
    x = leaf(2.0)
    h = x * x
    (h * 3).backward(retain_graph=True)
    (h * 4).backward()
    equal(x.grad, 7 * 4)


@pytest.mark.parametrize(
    "shapes", [((2, 3), (3,)), ((2, 1), (1, 3)), ((2, 3), ()), ((4, 1, 3), (2, 1))]
)
def test_broadcast_gradients_are_summed_back(shapes: Any) -> None:
    arrays = [np.random.default_rng(i).standard_normal(s) for i, s in enumerate(shapes)]
    a, b = (leaf(v, "float64") for v in arrays)
    p, q = (torch.tensor(v, requires_grad=True) for v in arrays)
    (a * b + a - b).sum().backward()
    (p * q + p - q).sum().backward()
    assert (a.grad.shape, b.grad.shape) == shapes
    equal(a.grad, p.grad.numpy())
    equal(b.grad, q.grad.numpy())


def test_unneeded_leaf_gets_nothing() -> None:
    x, fixed = leaf(2.0), leaf(3.0, requires_grad=False)
    (x * fixed).backward()
    equal(x.grad, 3.0)
    assert fixed.grad is None


# ----------------------------------------------------------------- long chains and memory


def length(x: Any) -> int:
    """Of a long chain: beyond any recursion, and not so long that a launch each takes long."""
    return 100_000 if x.device == "cpu" else 5_000


def test_long_chain() -> None:
    x = leaf(1.0)
    with without_gc():
        y = x
        for _ in range(long := length(x)):
            y = y + 1
        node = weakref.ref(y.grad_fn)
        tensor = weakref.ref(y)
        y.backward()
        equal(y, long + 1.0)
        equal(x.grad, 1.0)
        del y
        assert node() is None
        assert tensor() is None


def test_chain_dropped_without_backward_is_freed() -> None:
    x = leaf(1.0)
    with without_gc():
        y = first = x * 1
        inner = weakref.ref(first.grad_fn)
        del first
        for _ in range(length(x)):
            y = y + x
        del y
        assert inner() is None


def network(x: Any, w: Any) -> Any:
    h = (x * w).tanh().sigmoid()
    h = (h * 0.1).exp() / (h.relu() + 1)
    h = h**w
    return h.softmax(-1).log_softmax(-1).sum() + h.reshape(-1).sum()


BUILDS = {
    "saved_outputs": network,
    "in_place": lambda x, w: inplace_graph(x, w),
    "powers": lambda x, w: ((x * x + 1) ** w).sum(),
    "views": lambda x, w: (x.reshape(-1).reshape(x.shape) * w).permute(1, 0).sum(),
    "reductions": lambda x, w: (x.amax(1) * w.logsumexp(0).sum()).sum() + x.mean() + x.prod(),
}


def inplace_graph(x: Any, w: Any) -> Any:
    y = x * w
    y += 1
    y *= 3
    y -= x
    return (y * y).sum()


@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("backward", ["none", "once", "create_graph"])
def test_graph_dies_with_its_last_tensor(name: str, backward: str) -> None:
    with without_gc():
        x = leaf(np.full((2, 3), 0.5))
        w = leaf(np.full((2, 3), 0.7))
        y = BUILDS[name](x, w)
        seen, stack = [], [y.grad_fn]
        while stack:
            node = stack.pop()
            if hasattr(node, "edges"):
                seen.append(weakref.ref(node))
                stack += [e for e in node.edges if e is not None]
        node = None
        if backward == "once":
            y.backward()
        elif backward == "create_graph":
            first = grad(y, (x, w), create_graph=True)
            second = grad(sum((g * g).sum() for g in first), (x, w))
            assert all(np.isfinite(g.numpy()).all() for g in second)
            del first, second
        tensors = [weakref.ref(t) for t in (x, w, y)]
        del y, x, w
        assert [r() for r in seen if r() is not None] == []
        assert [r() for r in tensors if r() is not None] == []


def test_hooks_and_retain_grad_do_not_keep_the_graph() -> None:
    with without_gc():
        x = leaf([1.0, 2.0])
        h = x * 2
        h.retain_grad()
        h.register_hook(lambda g: g * 3)
        x.register_hook(lambda g: None)
        y = (h * h).sum()
        y.backward()
        watched = [weakref.ref(h.grad_fn), weakref.ref(h), weakref.ref(x), weakref.ref(y)]
        del h, y, x
        assert [w() for w in watched if w() is not None] == []


def test_backward_frees_what_was_saved() -> None:
    with without_gc():
        x = leaf([1.0, 2.0])
        big = x * 2
        kept = weakref.ref(big)
        y = (big * big).sum()
        del big
        assert kept() is not None
        y.backward()
        assert kept() is None  # although y lives


# ----------------------------------------------------------------- backward more than once


def test_backward_twice_raises() -> None:
    x = leaf(2.0)
    y = x * x
    y.backward()
    with pytest.raises(BackwardError, match="mul: this graph was freed.*retain_graph=True"):
        y.backward()
    equal(x.grad, 4.0)


def test_second_root_over_a_freed_part_raises() -> None:
    x = leaf(2.0)
    h = x * x
    a, b = h * 2, h * 3
    a.backward()
    with pytest.raises(BackwardError, match="freed"):
        b.backward()
    with pytest.raises(BackwardError, match="freed"):
        grad(h, x)


def test_retain_graph() -> None:
    x = leaf(2.0)
    y = x * x * x
    for n in range(1, 4):
        y.backward(retain_graph=True)
        equal(x.grad, 12.0 * n)
    y.backward()
    equal(x.grad, 48.0)


def test_gradients_add_up_over_backwards() -> None:
    x = leaf([1.0, 2.0])
    (x * 3).sum().backward()
    held = x.grad
    (x * x).sum().backward()
    equal(x.grad, [5.0, 7.0])
    assert held is x.grad  # added in place, as with torch
    x.zero_grad()
    assert x.grad is None


# ----------------------------------------------------------------- starting


def test_backward_from_non_scalar() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(BackwardError, match=r"shape \(2,\).*allow_fill=True"):
        (x * 2).backward()
    (x * 2).backward(allow_fill=True)
    equal(x.grad, [2.0, 2.0])
    x.zero_grad()
    (x * 2).backward(leaf([1.0, 3.0]))
    equal(x.grad, [2.0, 6.0])


def test_single_element_of_any_rank_is_a_start() -> None:
    x = leaf([[3.0]])
    (x * x).backward()
    equal(x.grad, [[6.0]])
    leaf_itself = leaf(3.0)
    leaf_itself.backward()
    equal(leaf_itself.grad, 1.0)


def test_wrong_gradient_is_refused() -> None:
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(ShapeError, match=r"backward: the gradient has shape \(3,\)"):
        y.backward(leaf([1.0, 2.0, 3.0]))
    with pytest.raises(DtypeError, match="must be a tensor, not str"):
        y.backward("ones")


def test_backward_without_graph() -> None:
    with pytest.raises(BackwardError, match=r"no graph.*no_grad\(\) or detach"):
        leaf(1.0, requires_grad=False).backward()
    with no_grad():
        y = leaf(1.0) * 2
    with pytest.raises(BackwardError, match="no graph"):
        y.backward()
    x = leaf([1.0, 2.0])
    (slope,) = grad((x**3).sum(), [x])
    with pytest.raises(BackwardError, match="taken without create_graph=True"):
        grad(slope.sum(), [x])


def test_grad_leaves_what_lies_below_the_inputs() -> None:
    x = leaf([1.0, 2.0], "float64")
    h = x.exp()
    (g,) = grad((h * 2).sum(), h)
    h.backward(g)
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp([1.0, 2.0]), rtol=1e-12)
    with pytest.raises(BackwardError, match="freed"):
        h.backward(g)


def test_what_saved_nothing_can_be_gone_through_again() -> None:
    x = leaf([[1.0, 2.0]])
    shared = (x.double().float() + 1).t()[0:1].reshape(1)  # casts and views keep no values
    for _ in range(2):
        (shared * shared).sum().backward()
    equal(x.grad, [[8.0, 0.0]])
    total = (x + x).sum()
    total.backward()
    total.backward()
    equal(x.grad, [[12.0, 4.0]])
