"""A change in place gives a right gradient or an InplaceError; never a wrong gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import CpuTensor, grad, no_grad
from lightgrad.errors import InplaceError
from tests.mutation import CLASS, both, equal, leaf

pytestmark = pytest.mark.usefixtures("every_variant")


def spoiled(x: Any, h: Any) -> None:
    """Backward from ``h``'s square must notice that ``h`` has changed."""
    with pytest.raises(InplaceError, match="changed in place"):
        h.sum().backward()
    assert x.grad is None


# ----------------------------------------------------------------- ways to reach the memory

WAYS = {
    "itself": lambda t: t,
    "detach": lambda t: t.detach(),
    "detach twice": lambda t: t.detach().detach(),
    "view": lambda t: t.reshape(6),
    "view of view": lambda t: t.reshape(6).reshape(3, 2).permute(1, 0),
    "view of detached": lambda t: t.detach().reshape(6),
    "detached view": lambda t: t.permute(1, 0).detach(),
    "slice": lambda t: t[0],
    "slice of slice": lambda t: t[:, 1:][0],
    "transposed": lambda t: t.T,
    "squeezed": lambda t: t.unsqueeze(0).squeeze(0),
}
CHANGES = {
    "+=": lambda t: t.__iadd__(1.0),
    "*=": lambda t: t.__imul__(2.0),
    "[...]": lambda t: t.__setitem__(..., 7.0),
    "zero_": lambda t: t.zero_(),
    "fill_": lambda t: t.fill_(3.0),
    "add_": lambda t: t.add_(1.0),
    "copy_": lambda t: t.copy_(t * 0 + 5.0),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("early", [True, False], ids=["alias before", "alias after"])
def test_saved_input_changed(way: str, early: bool) -> None:
    x = leaf(np.arange(6.0).reshape(2, 3))
    w = x * 1
    other = WAYS[way](w) if early else None
    y = w * w
    with no_grad():
        other = WAYS[way](w) if other is None else other
        other += 1
    spoiled(x, y)


@pytest.mark.parametrize("change", CHANGES)
def test_every_kind_of_change_is_noticed(change: str) -> None:
    x = leaf(np.arange(6.0).reshape(2, 3))
    w = x * 1
    y = w * w
    with no_grad():
        CHANGES[change](w)
    spoiled(x, y)


@pytest.mark.parametrize("way", WAYS)
def test_saved_alias_spoiled_through_the_base(way: str) -> None:
    """A view is saved; the tensor it was taken from changes."""
    x = leaf(np.arange(6.0).reshape(2, 3))
    w = x * 1
    view = WAYS[way](w)
    if not view.requires_grad:
        view.requires_grad_()
    y = view * view
    with no_grad():
        w *= 3
    spoiled(x, y)


@pytest.mark.parametrize("op", ["exp", "tanh", "sigmoid", "relu", "sqrt", "softmax", "log_softmax"])
@pytest.mark.parametrize("recorded", [True, False])
def test_saved_output_changed(op: str, recorded: bool) -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = getattr(x, op)(-1) if "softmax" in op else getattr(x, op)()
    if recorded:
        y += 1
    else:
        with no_grad():
            y += 1
    spoiled(x, y)


def test_saved_output_changed_through_view_and_detach() -> None:
    for way in ("view", "detach", "slice"):
        x = leaf(np.arange(6.0).reshape(2, 3))
        y = x.exp()
        with no_grad():
            alias = WAYS[way](y)
            alias *= 2
        spoiled(x, y)


def test_constant_operand_changed() -> None:
    x, c = leaf([1.0, 2.0]), leaf([3.0, 4.0], requires_grad=False)
    y = x * c
    c += 1
    spoiled(x, y)


def test_change_between_two_backwards() -> None:
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = (x * w).sum()
    y.backward(retain_graph=True)
    with no_grad():
        w += 1
    with pytest.raises(InplaceError):
        y.backward()


def test_change_before_second_derivative() -> None:
    x = leaf([1.0, 2.0])
    (first,) = grad((x * x * x).sum(), x, create_graph=True)
    with no_grad():
        x += 1
    with pytest.raises(InplaceError):
        grad(first.sum(), x)


def test_unneeded_change_is_no_error() -> None:
    x = leaf([1.0, 2.0])
    h = x + 1  # addition saves nothing
    y = h * 3  # nor does a product with a number
    with no_grad():
        h *= 5
        x *= 5
    y.sum().backward()
    equal(x.grad, [3.0, 3.0])


def test_view_taken_before_its_base_changed() -> None:
    """The view shows the new values, and saved none of the old ones."""

    def program(x: Any) -> Any:
        view = x.reshape(2, 1)
        with no_grad(), torch.no_grad():
            x += 1
        return view * view

    both(program, [1.0, 2.0])


# ----------------------------------------------------------------- NumPy arrays


def test_array_given_to_from_numpy_is_not_shared() -> None:
    array = np.array([1.0, 2.0])
    for make in (CLASS[0].from_numpy, light.from_numpy, light.tensor):
        x = make(array.copy())
        source = array.copy()
        x = make(source)
        x.requires_grad_()
        y = (x * x).sum()
        source[:] = 100
        equal(x, [1.0, 2.0])
        y.backward()
        equal(x.grad, [2.0, 4.0])


def test_non_contiguous_array_given_to_from_numpy_is_not_shared() -> None:
    source = np.arange(6.0).reshape(2, 3).T
    x = CLASS[0].from_numpy(source)
    source[:] = 0
    equal(x, np.arange(6.0).reshape(2, 3).T)


def test_array_from_numpy_method_is_not_shared() -> None:
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    for array in (x.numpy(), x.to_numpy(), np.asarray(x.detach()), np.array(x.detach())):
        array[:] = 100
    equal(x, [1.0, 2.0])
    y.backward()
    equal(x.grad, [2.0, 4.0])


def test_array_operand_is_copied() -> None:
    x, array = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    y = x * array
    z = array * x
    array[:] = 0
    (y + z).sum().backward()
    equal(x.grad, [6.0, 8.0])


# ----------------------------------------------------------------- leaves


@pytest.mark.parametrize("change", CHANGES)
def test_leaf_cannot_be_changed_while_recording(change: str) -> None:
    x = leaf(np.ones((2, 3)))
    with pytest.raises(InplaceError, match=r"leaf tensor that requires gradients.*no_grad\(\)"):
        CHANGES[change](x)
    equal(x, np.ones((2, 3)))
    assert x.is_leaf


def test_view_of_leaf_cannot_be_changed_while_recording() -> None:
    x = leaf(np.ones((2, 3)))
    view = x[0]
    with pytest.raises(InplaceError):
        view += 1
    equal(x, np.ones((2, 3)))


def test_update_under_no_grad_changes_the_leaf_itself() -> None:
    a = leaf([1.0, 2.0])
    (a * a).sum().backward()
    same, memory = a, a.data
    with no_grad():
        a -= 0.1 * a.grad
    assert a is same and (CLASS[0] is not CpuTensor or a.data is memory)
    equal(a, [0.8, 1.6])
    equal(a.grad, [2.0, 4.0])
    assert a.is_leaf and a.requires_grad
    a.zero_grad()
    (a * a).sum().backward()
    equal(a.grad, [1.6, 3.2])


def test_step_between_forward_and_backward() -> None:
    a, x = leaf([1.0, 2.0]), leaf([3.0, 4.0], requires_grad=False)
    h = a * x
    loss = (h * a).sum()
    with no_grad():
        a -= 0.1
    with pytest.raises(InplaceError, match="mul: .*shape \\(2,\\).*clone\\(\\)"):
        loss.backward()


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta"])
def test_optimizer_step_between_forward_and_backward(name: str) -> None:
    a = leaf([1.0, 2.0])
    optimizer = getattr(light.optim, name)([a], lr=0.1)
    (a * a).sum().backward()
    loss = (a * a).sum()
    optimizer.step()
    with pytest.raises(InplaceError):
        loss.backward()


def test_saved_gradient_that_collects_more() -> None:
    """``.grad`` grows in place: a graph that saved it must notice."""
    x, w = leaf([1.0, 2.0]), leaf([5.0, 6.0])
    (x * 3).sum().backward()
    y = (x.grad * w).sum()
    (x * 4).sum().backward()
    equal(x.grad, [7.0, 7.0])
    with pytest.raises(InplaceError):
        y.backward()


def test_clipped_gradient_that_was_saved() -> None:
    x, w = leaf([1.0, 2.0]), leaf([5.0, 6.0])
    (x * 3).sum().backward()
    y = (x.grad * w).sum()
    light.nn.utils.clip_grad_value_([x], 0.5)
    with pytest.raises(InplaceError):
        y.backward()


def test_results_of_grad_share_no_memory() -> None:
    a, b, v = leaf([1.0, 2.0]), leaf([3.0, 4.0]), leaf([1.0, 1.0], requires_grad=False)
    ga, gb = grad(a + b, (a, b), v)
    ga += 5
    equal(gb, [1.0, 1.0])
    equal(v, [1.0, 1.0])
