"""Gradients that leaves collect: their dtype, their memory, and into which leaves they go."""

from __future__ import annotations

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
    InplaceError,
    ShapeError,
)
from tests.helpers import equal, leaf, shares_memory

pytestmark = pytest.mark.usefixtures("every_backend")


def test_gradient_has_the_dtype_of_its_leaf() -> None:
    a, b = leaf([1.0, 2.0], "float32"), leaf([3.0, 4.0], "float64")
    half = "float16" if a.device == "cpu" else "float32"  # few OpenCL devices have it
    c = leaf([0.5, 0.5], half)
    (a * b * c).sum().backward()
    assert [t.grad.dtype.name for t in (a, b, c)] == ["float32", "float64", half]
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


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", BINARY)
def test_no_gradient_shares_memory_with_anything(name: str, create_graph: bool) -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = BINARY[name](a, b)
    y.retain_grad()
    given = leaf([10.0, 20.0], requires_grad=False)
    y.backward(given, create_graph=create_graph)
    tensors = [a.grad, b.grad, given, a, b, y, y.grad]
    for i, first in enumerate(tensors):
        assert not any(shares_memory(first, second) for second in tensors[i + 1 :])


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


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("create_graph", [False, True])
def test_results_of_grad_share_no_memory(name: str, create_graph: bool) -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = BINARY[name](a, b)
    given = leaf([10.0, 20.0], requires_grad=False)
    found = [given, *grad(y, (a, b, y), given, create_graph=create_graph)]
    for i, first in enumerate(found):
        assert not any(shares_memory(first, second) for second in found[i + 1 :])
    equal(found[3], [10.0, 20.0])


# two backward passes into the same leaves, the second through the gradients of the first
SECOND: dict[str, Any] = {
    "penalty": lambda x, y, z: (z * z).sum(),
    "given": lambda x, y, z: (x.grad**2).sum(),
    "both": lambda x, y, z: (x.grad * y.grad * x).sum() + z.sum(),
}


@pytest.mark.filterwarnings("ignore:Using backward")  # torch warns of the cycle it makes
@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("inputs", [False, True])
def test_gradients_of_create_graph_as_torch_has_them(name: str, again: bool, inputs: bool) -> None:
    found = []
    for make in (leaf, lambda v: torch.tensor(v, requires_grad=True)):
        x, y = make([1.0, 2.0]), make([3.0, 4.0])
        z = x + y
        v = make([1.0, 1.0]).detach()
        named = {"inputs": [x, y]} if inputs else {}
        (z * z).backward(v, retain_graph=True, create_graph=True, **named)
        first = x.grad
        SECOND[name](x, y, z).backward(create_graph=again, **named)
        (x * x * y).sum().backward(create_graph=again, **named)
        found.append([t.tolist() for t in (x.grad, y.grad, v, first)])
        assert x.grad is not y.grad
    assert found[0] == found[1]


def test_the_given_gradient_is_never_changed_under_create_graph() -> None:
    x = leaf([1.0, 2.0])
    given = leaf([1.0, 1.0], requires_grad=False)
    x.backward(given, create_graph=True)
    (x * 3).sum().backward()
    equal(x.grad, [4.0, 4.0])
    equal(given, [1.0, 1.0])
    given.fill_(9)
    equal(x.grad, [4.0, 4.0])


def test_views_of_a_gradient_follow_it() -> None:
    """Many gradients in one block of memory: as in torch."""
    flat = leaf([0.0, 0.0, 0.0], requires_grad=False)
    x, y = leaf([1.0, 2.0]), leaf(3.0)
    x.grad, y.grad = flat[:2], flat[2]
    for _ in range(2):
        ((x * x).sum() * y).backward()
    equal(flat, [12.0, 24.0, 10.0])
    held = x.grad.detach()
    (x * 1).sum().backward()
    equal(held, [13.0, 25.0])
    one = leaf([1.0], requires_grad=False)
    x.grad = one.expand(2)
    with pytest.raises(InplaceError, match="repeats its memory"):
        (x * 1).sum().backward()


def test_a_leaf_named_twice_collects_once() -> None:
    x = leaf([1.0, 2.0])
    (x * 3).sum().backward(inputs=[x, x])
    equal(x.grad, [3.0, 3.0])


@pytest.mark.parametrize("create_graph", [False, True])
def test_inputs_under_no_grad_keep_the_graph_that_was_asked_for(create_graph: bool) -> None:
    x = leaf([1.0, 2.0])
    y = (x.double() ** 3).sum()
    with no_grad():
        y.backward(inputs=[x], create_graph=create_graph, retain_graph=True)
        (g,) = grad(y, x, create_graph=create_graph)
    assert x.grad.requires_grad is create_graph and g.requires_grad is create_graph
    assert x.grad.dtype == g.dtype == x.dtype
    equal(g, [3.0, 12.0])


def test_a_leaf_frozen_after_the_forward_pass_collects_nothing() -> None:
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = (x * w).sum()
    x.requires_grad_(False)
    y.backward(retain_graph=True)
    assert x.grad is None
    x.requires_grad_(True)  # torch delivers again
    y.backward()
    equal(x.grad, [3.0, 4.0])
    equal(w.grad, [2.0, 4.0])


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
    assert not shares_memory(a.grad, b.grad)


def test_grad_can_be_assigned() -> None:
    x = leaf([1.0, 2.0])
    x.grad = leaf([5.0, 6.0], "float64", requires_grad=False)
    assert x.grad.dtype.name == "float32"
    with pytest.raises(ShapeError, match=r"shape \(3,\), the tensor \(2,\)"):
        x.grad = leaf([1.0, 2.0, 3.0])
    x.grad = None
    assert x.grad is None
