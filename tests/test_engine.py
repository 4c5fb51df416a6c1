"""The engine: graphs of every form, what is kept, what is freed, what is refused."""

from __future__ import annotations

import gc
import math
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad.autograd import (
    CpuTensor,
    Function,
    enable_grad,
    grad,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from lightgrad.errors import (
    BackwardError,
    DtypeError,
    HigherOrderError,
    ShapeError,
)


def leaf(values: Any, dtype: str = "float32", requires_grad: bool = True) -> Any:
    return CpuTensor.from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def equal(tensor: Any, values: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(tensor.numpy(), values, rtol=rtol)


@contextmanager
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 1), (1, 3)), ((2, 3), ()), ((4, 1, 3), (2, 1))])
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


def test_chain_of_100000_operations() -> None:
    x = leaf(1.0)
    with without_gc():
        y = x
        for _ in range(100_000):
            y = y + 1
        node = weakref.ref(y.grad_fn)
        tensor = weakref.ref(y)
        y.backward()
        equal(y, 100_001.0)
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
        for _ in range(100_000):
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


# ----------------------------------------------------------------- higher derivatives


FUNCTIONS = {
    "x^4": (
        lambda x: x**4,
        [lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x, lambda x: 24 + 0 * x],
    ),
    "x*x*x*x": (
        lambda x: x * x * x * x,
        [lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x, lambda x: 24 + 0 * x],
    ),
    "tanh": (
        lambda x: x.tanh(),
        [
            lambda x: 1 / np.cosh(x) ** 2,
            lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2,
            lambda x: (4 * np.tanh(x) ** 2 - 2 / np.cosh(x) ** 2) / np.cosh(x) ** 2,
        ],
    ),
    "sin": (
        lambda x: x.sin(),
        [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin],
    ),
    "exp": (lambda x: (x * 2).exp(), [lambda x, n=n: 2**n * np.exp(2 * x) for n in (1, 2, 3)]),
    "1/x": (
        lambda x: 1 / x,
        [lambda x: -1 / x**2, lambda x: 2 / x**3, lambda x: -6 / x**4],
    ),
    "sigmoid": (
        lambda x: x.sigmoid(),
        [
            lambda x: s(x) * (1 - s(x)),
            lambda x: s(x) * (1 - s(x)) * (1 - 2 * s(x)),
            lambda x: s(x) * (1 - s(x)) * (1 - 6 * s(x) + 6 * s(x) ** 2),
        ],
    ),
}


def s(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_against_closed_forms(name: str) -> None:
    fn, derivatives = FUNCTIONS[name]
    values = np.array([-1.3, 0.4, 2.0])
    x = leaf(values, "float64")
    y = fn(x)
    for derivative in derivatives:
        (y,) = grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(y.numpy(), derivative(values), rtol=1e-9)


def test_create_graph_in_backward() -> None:
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    assert x.grad.requires_grad
    first = x.grad
    equal(first, 27.0)
    x.zero_grad()
    first.backward()
    equal(x.grad, 18.0)


def test_mixed_second_derivative() -> None:
    x, y = leaf(2.0, "float64"), leaf(0.5, "float64")
    z = (x * y).exp()
    (dx,) = grad(z, x, create_graph=True)
    (dxdy,) = grad(dx, y)
    equal(dxdy, math.exp(1.0) * (1 + 1.0), 1e-12)


def test_gradient_penalty() -> None:
    """The gradient of a norm of a gradient, as torch has it."""
    w0, x0 = np.array([[0.3, -0.2], [0.5, 0.1]]), np.array([1.0, -2.0])
    results = []
    for make, derive in (
        (lambda a: leaf(a, "float64"), grad),
        (lambda a: torch.tensor(a, requires_grad=True), torch.autograd.grad),
    ):
        w, x = make(w0), make(x0)
        y = (w * x).tanh().sum()
        (g,) = derive(y, x, create_graph=True)
        loss = (g * g).sum() + y
        loss.backward()
        results.append((w.grad, x.grad))
    for ours, theirs in zip(*results, strict=True):
        equal(ours, theirs.numpy(), 1e-10)


def test_gradient_without_create_graph_is_outside_the_graph() -> None:
    x = leaf(3.0)
    (g,) = grad(x**3, x)
    assert not g.requires_grad
    (x**3).backward()
    assert not x.grad.requires_grad


# ----------------------------------------------------------------- grad()


def test_grad_touches_no_grad_attribute() -> None:
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    gx, gw = grad((x * w).sum(), (x, w))
    equal(gx, [3.0, 4.0])
    equal(gw, [1.0, 2.0])
    assert x.grad is None and w.grad is None


def test_grad_of_unused_input() -> None:
    x, other = leaf(1.0), leaf([1.0, 2.0])
    with pytest.raises(BackwardError, match=r"shape \(2,\) was not used.*allow_unused=True"):
        grad(x * 2, (x, other))
    found = grad(x * 2, (x, other), allow_unused=True)
    equal(found[0], 2.0)
    assert found[1] is None


def test_grad_with_output_gradients() -> None:
    x = leaf([1.0, 2.0, 3.0])
    y = x * x
    (g,) = grad(y, x, leaf([1.0, 0.0, -1.0], requires_grad=False), retain_graph=True)
    equal(g, [2.0, 0.0, -6.0])
    (g,) = grad(y, x, np.array([0.0, 1.0, 0.0], np.float32))
    equal(g, [0.0, 4.0, 0.0])


def test_grad_of_several_outputs() -> None:
    x = leaf([1.0, 2.0])
    a, b = x * 3, (x * x).sum()
    (g,) = grad([a, b], [x], [leaf([1.0, 10.0], requires_grad=False), None])
    equal(g, [3 + 2.0, 30 + 4.0])
    with pytest.raises(BackwardError, match="2 outputs but 1 grad_outputs"):
        grad([x * 3, x * 2], x, [leaf([1.0, 1.0])])


def test_grad_with_respect_to_non_leaf_and_leaf() -> None:
    x = leaf(2.0)
    h = x * x
    y = h * h * x
    dh, dx = grad(y, (h, x))
    equal(dh, 2 * 4 * 2)
    equal(dx, 5 * 16)


def test_grad_of_the_output_itself() -> None:
    x = leaf(2.0)
    y = x * 3
    (g,) = grad(y, y)
    equal(g, 1.0)
    (g,) = grad(x, x)
    equal(g, 1.0)


def test_grad_same_input_twice() -> None:
    x = leaf(2.0)
    a, b = grad(x * x, (x, x))
    equal(a, 4.0)
    equal(b, 4.0)


def test_grad_wants_inputs_that_require_gradients() -> None:
    x, fixed = leaf(2.0), leaf(1.0, requires_grad=False)
    with pytest.raises(BackwardError, match="does not require gradients.*requires_grad_"):
        grad(x * fixed, fixed)


def test_grad_leaves_other_branches_alone() -> None:
    """What does not lead to an input is not even computed."""
    x, other = leaf(2.0), leaf(3.0)
    calls = []
    side = other * 2
    side.register_hook(lambda g: calls.append(1))
    grad((x * 2) * side, x)
    assert not calls


# ----------------------------------------------------------------- dtypes and aliases


def test_gradient_has_the_dtype_of_its_leaf() -> None:
    a, b = leaf([1.0, 2.0], "float32"), leaf([3.0, 4.0], "float64")
    c = leaf([0.5, 0.5], "float16")
    (a * b * c).sum().backward()
    assert [t.grad.dtype.name for t in (a, b, c)] == ["float32", "float64", "float16"]
    equal(a.grad, [1.5, 2.0])
    ga, gb = grad((a * b).sum(), (a, b))
    assert (ga.dtype.name, gb.dtype.name) == ("float32", "float64")


def test_gradients_of_two_leaves_share_no_memory() -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (a + b).backward(allow_fill=True)
    with no_grad():
        a.grad += 5
    equal(a.grad, [6.0, 6.0])
    equal(b.grad, [1.0, 1.0])


BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "chain": lambda a, b: (a + b) + (b + a),
    "reshaped": lambda a, b: a.reshape(2, 1).reshape(2) + b,
    "permuted": lambda a, b: a.permute(0) + b,
    "expanded": lambda a, b: a.expand(3, 2).sum(0) + b.expand(1, 2).reshape(2),
    "cloned": lambda a, b: a.clone() + b.clone(),
    "twice": lambda a, b: a + a + b,
}


@pytest.mark.parametrize("name", BINARY)
def test_no_gradient_shares_memory_with_anything(name: str) -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = BINARY[name](a, b)
    y.retain_grad()
    given = leaf([10.0, 20.0], requires_grad=False)
    y.backward(given)
    blocks = [a.grad.data, b.grad.data, given.data, a.data, b.data, y.data]
    for i, first in enumerate(blocks):
        for second in blocks[i + 1 :]:
            assert not np.shares_memory(first, second)


def test_gradient_given_by_the_user_is_not_borrowed() -> None:
    x = leaf([1.0, 2.0])
    given = leaf([1.0, 1.0], requires_grad=False)
    x.backward(given)
    x.backward(given)
    equal(given, [1.0, 1.0])
    equal(x.grad, [2.0, 2.0])
    array = np.ones(2, np.float32)
    x.zero_grad()
    (x * 1).backward(array)
    array[:] = 9
    equal(x.grad, [1.0, 1.0])


def test_inputs_collects_only_there() -> None:
    x, w = leaf(2.0), leaf(3.0)
    h = x * w
    (h * h).backward(inputs=[w, h])
    equal(w.grad, 2 * 6 * 2)
    equal(h.grad, 12.0)
    assert x.grad is None
    with pytest.raises(BackwardError, match="does not require gradients"):
        (x * w).backward(inputs=leaf(1.0, requires_grad=False))


def test_gradient_of_inputs_shares_no_memory() -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (a + b).backward(allow_fill=True, inputs=[a, b])
    assert not np.shares_memory(a.grad.data, b.grad.data)


def test_grad_can_be_assigned() -> None:
    x = leaf([1.0, 2.0])
    x.grad = leaf([5.0, 6.0], "float64", requires_grad=False)
    assert x.grad.dtype.name == "float32"
    with pytest.raises(ShapeError, match=r"shape \(3,\), the tensor \(2,\)"):
        x.grad = leaf([1.0, 2.0, 3.0])
    x.grad = None
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


# ----------------------------------------------------------------- recording on and off


def test_no_grad_and_enable_grad_nest() -> None:
    x = leaf(1.0)
    assert is_grad_enabled()
    with no_grad():
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
            with no_grad():
                assert not is_grad_enabled()
            assert is_grad_enabled()
        assert not is_grad_enabled()
        with set_grad_enabled(True):
            assert is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_one_object_can_be_entered_again() -> None:
    off = no_grad()
    with off, off:
        assert not is_grad_enabled()
    assert is_grad_enabled()
    with off:
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_mode_is_restored_after_an_exception() -> None:
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_decorators() -> None:
    @no_grad()
    def off(x: Any) -> Any:
        """Doubles."""
        return x * 2

    @enable_grad()
    def on(x: Any) -> Any:
        return x * 2

    @set_grad_enabled(False)
    def set_off(x: Any) -> Any:
        return x * 2

    assert is_grad_enabled()
    x = leaf(1.0)
    assert off.__doc__ == "Doubles." and off.__name__ == "off"
    assert not off(x).requires_grad
    assert not set_off(x).requires_grad
    with no_grad():
        assert on(x).requires_grad
    assert is_grad_enabled()


def test_set_grad_enabled_works_at_once() -> None:
    try:
        set_grad_enabled(False)
        assert not is_grad_enabled()
    finally:
        set_grad_enabled(True)
    assert is_grad_enabled()


def test_threads_do_not_see_each_others_mode() -> None:
    entered, done = threading.Event(), threading.Event()
    modes: list[bool] = []

    def other() -> None:
        modes.append(is_grad_enabled())
        with no_grad():
            entered.set()
            done.wait(10)
            modes.append(is_grad_enabled())

    thread = threading.Thread(target=other)
    with no_grad():
        thread.start()
        assert entered.wait(10)
        with enable_grad():
            assert (leaf(1.0) * 2).requires_grad
    assert is_grad_enabled()
    done.set()
    thread.join()
    assert modes == [True, False]


def test_backward_in_several_threads() -> None:
    leaves = [leaf([float(i), 1.0]) for i in range(4)]

    def work(x: Any) -> None:
        for _ in range(50):
            (x * x).sum().backward()

    threads = [threading.Thread(target=work, args=(x,)) for x in leaves]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i, x in enumerate(leaves):
        equal(x.grad, [100.0 * i, 100.0])


def test_mode_after_backward_that_raises() -> None:
    class Broken(Function):
        def forward(ctx, x: Any) -> Any:
            return x * 1

        def backward(ctx, grad: Any) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Broken.apply(leaf(1.0)).backward()
    assert is_grad_enabled()


# ----------------------------------------------------------------- Function


class RawCube(Function):
    """First order only: its backward works on arrays."""

    def forward(ctx, t: Any) -> Any:
        ctx.save_for_backward(t.data)
        return CpuTensor(t.data**3)

    def backward(ctx, out_grad: Any) -> Any:
        (data,) = ctx.get_saved_tensors()
        return CpuTensor(3 * data**2 * out_grad.data)


class TorchStyle(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, factor: float, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        ctx.factor = factor
        return x * factor * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        assert ctx.needs_input_grad == (True, False, True)
        return grad * ctx.factor * y, None, grad * ctx.factor * x


def test_raw_function_is_first_order() -> None:
    x = leaf([1.0, 2.0], "float64")
    y = RawCube.apply(x)
    equal(y, [1.0, 8.0])
    y.sum().backward(retain_graph=True)
    equal(x.grad, [3.0, 12.0])
    for start in (lambda: grad(y.sum(), x, create_graph=True), lambda: tuple_of_backward(y)):
        with pytest.raises(HigherOrderError, match="RawCube.*first order only.*create_graph=True"):
            start()


def tuple_of_backward(y: Any) -> None:
    y.sum().backward(create_graph=True)


def test_raw_function_after_other_ops_under_create_graph() -> None:
    x = leaf([1.0, 2.0], "float64")
    with pytest.raises(HigherOrderError, match="RawCube"):
        grad((RawCube.apply(x * x) * x).sum(), x, create_graph=True)


def test_raw_function_that_saved_its_output() -> None:
    class RawExp(Function):
        def forward(ctx, t: Any) -> Any:
            y = np.exp(t.data)
            ctx.save_for_backward(y)
            return CpuTensor(y)

        def backward(ctx, out_grad: Any) -> Any:
            (y,) = ctx.get_saved_tensors()
            return CpuTensor(y * out_grad.data)

    x = leaf([0.5, 1.0], "float64")
    (RawExp.apply(x) * 2).sum().backward()
    equal(x.grad, 2 * np.exp([0.5, 1.0]))
    with pytest.raises(HigherOrderError, match="RawExp"):
        grad(RawExp.apply(x).sum(), x, create_graph=True)


def test_torch_style_function() -> None:
    x, y = leaf([1.0, 2.0], "float64"), leaf([3.0, 4.0], "float64")
    out = TorchStyle.apply(x, 2.0, y)
    equal(out, [6.0, 16.0])
    gx, gy = grad(out.sum(), (x, y), create_graph=True)
    equal(gx, [6.0, 8.0])
    equal(gy, [2.0, 4.0])
    (mixed,) = grad(gx.sum(), y)
    equal(mixed, [2.0, 2.0])


def test_function_that_returns_or_saves_its_result() -> None:
    class Identity(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 5

    class Exp(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (y,) = ctx.saved_tensors
            return grad * y

    x = leaf(0.5, "float64")
    y = Identity.apply(x)
    assert y is not x and x.is_leaf
    (g,) = grad(y * 1, x)
    equal(g, 5.0)
    (first,) = grad(Exp.apply(x * 2), x, create_graph=True)
    (second,) = grad(first, x)
    equal(second, 4 * math.e)
    with without_gc():
        out = Exp.apply(x)
        node, tensor = weakref.ref(out.grad_fn), weakref.ref(out)
        del out
        assert node() is None and tensor() is None


def broken(result: Any) -> Any:
    """Run backward of a Function of two inputs that returns ``result(grad)``."""

    class Wrong(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            return a * b

        def backward(ctx, grad: Any) -> Any:
            return result(grad)

    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    Wrong.apply(a, b).sum().backward()
    return a.grad, b.grad


def test_backward_returning_the_wrong_count() -> None:
    with pytest.raises(BackwardError, match="Wrong: backward returned 1 gradients for 2 arguments"):
        broken(lambda g: g)
    with pytest.raises(BackwardError, match="Wrong: backward returned 3 gradients for 2 arguments"):
        broken(lambda g: (g, g, g))
    a, _ = broken(lambda g: (g * 3, g, None))  # as in torch, a trailing None is harmless
    equal(a, [3.0, 3.0])


def test_backward_returning_the_wrong_shape() -> None:
    with pytest.raises(ShapeError, match=r"Wrong: backward returned .*\(3,\).*of shape \(2,\)"):
        broken(lambda g: (leaf([1.0, 2.0, 3.0]), g))
    with pytest.raises(ShapeError, match=r"Wrong: backward returned .*\(\).*of shape \(2,\)"):
        broken(lambda g: (g.sum(), g))


def test_backward_returning_the_wrong_type() -> None:
    with pytest.raises(DtypeError, match="Wrong: backward must return tensors, not ndarray"):
        broken(lambda g: (g.data, g))
    with pytest.raises(DtypeError, match="not float"):
        broken(lambda g: (1.0, g))
    with pytest.raises(BackwardError, match="returned 1 gradients"):
        broken(lambda g: [g, g])


def test_saved_raw_data_is_never_a_constant_without_a_word() -> None:
    class Half(Function):
        """A tensor operation on the gradient, raw data else."""

        def forward(ctx, t: Any) -> Any:
            ctx.save_for_backward(t.data if raw else CpuTensor(t.data * 2))
            return CpuTensor(t.data**2)

        def backward(ctx, grad: Any) -> Any:
            (saved,) = ctx.get_saved_tensors()
            return grad * (CpuTensor(saved) * 2 if raw else saved)

    for raw in (True, False):
        x = leaf([1.0, 2.0], "float64")
        (first,) = grad(Half.apply(x).sum(), x)
        equal(first, [2.0, 4.0])
        with pytest.raises(HigherOrderError, match="Half.*saved inputs and outputs"):
            grad(Half.apply(x).sum(), x, create_graph=True)


def test_masks_may_be_saved() -> None:
    class Relu(Function):
        def forward(ctx, t: Any) -> Any:
            ctx.save_for_backward(t, t.gt(0))
            return t * t * t.gt(0)

        def backward(ctx, grad: Any) -> Any:
            t, mask = ctx.saved_tensors
            return grad * t * 2 * mask

    x = leaf([1.0, -2.0], "float64")
    (first,) = grad(Relu.apply(x).sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x)
    equal(first, [2.0, 0.0])
    equal(second, [2.0, 0.0])


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


def test_function_without_backward() -> None:
    class OneWay(Function):
        def forward(ctx, x: Any) -> Any:
            return x * 1

    with pytest.raises(BackwardError, match="OneWay: no gradient is defined.*detach"):
        OneWay.apply(leaf(1.0)).backward()


def test_unused_gradient_of_function_is_not_asked_for() -> None:
    class Product(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a * b

        def backward(ctx, grad: Any) -> Any:
            a, b = ctx.saved_tensors
            assert ctx.needs_input_grad == (False, True)
            return None, grad * a

    a, b = leaf(2.0, requires_grad=False), leaf(3.0)
    Product.apply(a, b).backward()
    equal(b.grad, 2.0)
    assert a.grad is None
    with no_grad():
        assert not Product.apply(a, b).requires_grad


def test_none_means_no_gradient() -> None:
    a = leaf([1.0, 2.0])

    class Drop(Function):
        def forward(ctx, x: Any, y: Any) -> Any:
            return x * y

        def backward(ctx, grad: Any) -> Any:
            return None, grad

    b = leaf([1.0, 2.0])
    Drop.apply(a, b).sum().backward()
    assert a.grad is None
    equal(b.grad, [1.0, 1.0])
