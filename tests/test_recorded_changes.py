"""Changes in place are part of the graph, as in torch; what does not fit is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lightgrad.autograd import grad, no_grad
from lightgrad.errors import DtypeError, InplaceError, ShapeError
from tests.mutation import CLASS, both, equal, leaf

pytestmark = pytest.mark.usefixtures("every_variant")


# ----------------------------------------------------------------- recorded changes


def test_change_of_a_result_is_recorded() -> None:
    def program(x: Any) -> Any:
        y = x * 2
        y += 1
        y *= 3
        return y

    both(program, [1.0, 2.0])


def test_change_by_a_tensor_is_recorded() -> None:
    def program(x: Any, w: Any) -> Any:
        y = x + 0
        y -= w
        y += w * x
        y /= 4
        return y

    both(program, [[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])


def test_constant_becomes_part_of_the_graph() -> None:
    buffer = leaf(np.zeros((2, 2)), requires_grad=False)
    h = leaf([1.0, 2.0])
    buffer += h
    assert buffer.requires_grad and not buffer.is_leaf
    (buffer * buffer).sum().backward()
    equal(h.grad, [4.0, 8.0])
    with pytest.warns(UserWarning, match="the result of add, and backward"):
        assert buffer.grad is None


def test_rows_of_a_buffer_are_recorded() -> None:
    buffer = leaf(np.zeros((3, 2)), requires_grad=False)
    hs = [leaf([1.0 + i, 2.0 + i]) for i in range(3)]
    for i, h in enumerate(hs):
        buffer[i] = h * (i + 1)
    (buffer * buffer).sum().backward()
    for i, h in enumerate(hs):
        equal(h.grad, 2 * h.numpy() * (i + 1) ** 2)


def test_overwritten_values_get_no_gradient() -> None:
    def program(x: Any, v: Any) -> Any:
        y = x * 2
        y[0] = v
        y[1, 1:] = 5.0
        return y

    both(program, [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]], [7.0, 8.0, 9.0])


def test_assignment_to_something_saved() -> None:
    x = leaf(np.ones((2, 2)))
    w = x * 3
    y = w * w
    w[0] = 5.0
    with pytest.raises(InplaceError):
        y.sum().backward()


def test_views_of_every_kind_are_part_of_the_history() -> None:
    def steps(w: Any) -> Any:
        u = w * 0
        u[0] = w[0]
        for i in range(1, 3):
            u[i] = u[i - 1].clone() * 2
        return u

    def border(c: Any) -> Any:
        c = c * 2
        c[0] = c[-2]
        c[-1] = c[1]
        return c

    def chained(x: Any) -> Any:
        y = x * 2
        early, row = y[1:], y.reshape(-1)
        y.T[0][1].mul_(x[0, 0])
        y[:, 0] *= x[:, 1]
        y.permute(1, 0).mul_(0.5)
        row[2:4].add_(x[0])
        return y + early.sum() * row[-1]

    def overlapping(x: Any) -> Any:
        y = x * 2
        a, b = y[:2], y[1:]
        a.mul_(x[:2])
        b.add_(a.clone())
        a[:, 0].neg_()
        return y * b.sum()

    for program in (steps, border, chained, overlapping):
        both(program, [[0.5, -1.0], [0.25, 2.0], [3.0, 1.5]])


def test_parts_with_other_steps_are_read_before_they_are_written() -> None:
    places = (slice(0, 22, 3), slice(1, 16, 2)), (slice(4, 15), slice(1, 22, 2))
    places += tuple(pair[::-1] for pair in places)
    writes: list[Any] = [
        lambda x, to, of: x.__setitem__(to, x[of]),
        lambda x, to, of: x[to].copy_(x[of]),
    ]
    for to, of in places:
        expected = np.arange(26.0)
        expected[to] = np.arange(26.0)[of]
        for write in writes:
            x = leaf(np.arange(26.0), requires_grad=False)
            write(x, to, of)
            equal(x, expected)
        x = leaf(np.arange(26.0))
        y = x * 1
        y[to] = y[of]
        equal(y, expected)
        weights = np.arange(1.0, 27.0)
        (y * leaf(weights, requires_grad=False)).sum().backward()
        slope = weights.copy()
        slope[to] = 0
        slope[of] += weights[to]
        equal(x.grad, slope)


def test_a_base_without_gradients_gets_them_by_its_view() -> None:
    base, w = leaf(np.zeros((2, 2)), requires_grad=False), leaf([1.0, 2.0])
    early, view, detached = base[:, 1], base[0], base.detach()
    view += w
    assert base.requires_grad and early.requires_grad and not detached.requires_grad
    equal(detached, [[1.0, 2.0], [0.0, 0.0]])
    (base * base).sum().backward(retain_graph=True)
    early.sum().backward()
    equal(w.grad, [2.0, 5.0])


def test_second_derivatives_through_changed_views() -> None:
    def program(x: Any) -> Any:
        y = x * x
        y[0] *= x[1]
        y.T[1] = y.T[0].clone() * x[:, 0]
        return (y * y * y).sum()

    values = [[0.5, -1.0], [0.25, 2.0]]
    x, z = leaf(values), torch.tensor(values, dtype=torch.float64, requires_grad=True)
    (first,) = grad(program(x), x, create_graph=True)
    (theirs,) = torch.autograd.grad(program(z), z, create_graph=True)
    equal(first.detach(), theirs.detach().numpy())
    (second,) = grad((first * first).sum(), x)
    equal(second, torch.autograd.grad((theirs * theirs).sum(), z)[0].numpy())


def test_overwritten_infinities_leave_no_trace() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1
    y[0] = 5.0
    y.backward(leaf([np.inf, 3.0], requires_grad=False))
    equal(x.grad, [0.0, 3.0])


def test_hooks_and_retained_gradients_of_views() -> None:
    """A hook is for what was computed from the view; `retain_grad` goes with the tensor."""
    found: dict[str, list[Any]] = {"ours": [], "theirs": []}

    def program(x: Any) -> Any:
        y = x * 2
        view, other = y[:1], y[1:]
        kept = found["theirs" if isinstance(x, torch.Tensor) else "ours"]
        kept.append(y)
        y.retain_grad()
        view.register_hook(lambda g: kept.append(g.numpy().tolist()))
        other.retain_grad()
        kept.append(other)
        before = view * 3
        view *= 4
        return y * before.sum() + other.sum()

    both(program, [1.0, 2.0])
    (y, other, *seen), (z, another, *expected) = found["ours"], found["theirs"]
    assert seen == expected and len(seen) == 1
    equal(y.grad, z.grad.numpy())
    equal(other.grad, another.grad.numpy())


def test_views_that_torch_does_not_let_be_changed() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = x * 2
    several = [y.chunk(2)[0], y.split(1)[1], y.unbind(0)[0], next(iter(y)), y.unbind(1)[0][:1]]
    for view in several:
        with pytest.raises(InplaceError, match="one of several views.*clone"):
            view += 1
    with no_grad():
        constant = y[0]
        several[0].add_(1)  # which the whole tensor sees
    equal(y, [[3.0, 5.0], [6.0, 8.0]])
    with pytest.raises(InplaceError, match="no_grad"):
        constant += x[0]
    with pytest.raises(InplaceError, match="detach_"):
        y[0].detach_()
    y *= 3
    with pytest.raises(InplaceError, match="no_grad"):
        (constant * x[0]).sum().backward()
    several[2].sum().backward()  # finds its gradient through the changed whole
    equal(x.grad, [[6.0, 6.0], [0.0, 0.0]])


def test_a_whole_expanded_tensor_may_be_filled_with_a_number() -> None:
    x = leaf([[1.0], [2.0]], requires_grad=False)
    x.expand(2, 3).zero_()
    equal(x, [[0.0], [0.0]])
    if CLASS[0]._shares:
        x.expand(2, 3)[:, 1] = 4.0  # a part that repeats nothing
        equal(x, [[4.0], [4.0]])


def test_an_expanded_view_of_nothing_fills_nothing() -> None:
    x = leaf([5.0], requires_grad=False)
    x.expand(0, 3).fill_(0.75)
    with no_grad():
        x.expand(2, 0, 1).zero_()
    equal(x, [5.0])


@pytest.mark.parametrize("op", ["fmod", "remainder"])
def test_what_a_gradient_does_not_need_may_change(op: str) -> None:
    x = leaf([1.0, -2.0])
    y = x * 3
    rest = getattr(y, op)(0.75)
    y.neg_()
    (rest.sum() + y.sum()).backward()
    equal(x.grad, [0.0, 0.0])
    y, by = x * 3, leaf([0.75, 0.5])
    rest = getattr(y, op)(by)
    y.neg_()
    with pytest.raises(InplaceError, match=op):
        rest.sum().backward()


def test_a_loaded_state_shares_no_memory_with_what_was_given() -> None:
    from lightgrad.nn.state import copy_into

    target, given = leaf([1.0, 2.0], requires_grad=False), leaf([3.0, 4.0]) * 3
    copy_into(target, given.detach())
    with no_grad():
        target.mul_(5)
    equal(given, [9.0, 12.0])
    equal(target, [45.0, 60.0])


def test_operand_saved_by_its_own_change() -> None:
    """The rule keeps the old values, so the gradient is right."""
    changes = (lambda y: y.__imul__(y), lambda y: y.__ipow__(2), lambda y: y.__itruediv__(y))
    for change, slope in zip(changes, ([4.0, 6.0], [4.0, 6.0], [0.0, 0.0]), strict=True):
        x = leaf([2.0, 3.0])
        y = x * 1
        y = change(y)
        y.sum().backward()
        equal(x.grad, slope)


def test_change_twice_keeps_the_first_part() -> None:
    def program(x: Any, w: Any) -> Any:
        y = x * w
        y += x
        z = y * 1
        y *= 2
        return y + z

    both(program, [1.0, 2.0], [0.5, 4.0])


def test_repeated_memory_cannot_be_written() -> None:
    x = leaf([[1.0], [2.0]], requires_grad=False)
    wide = x.expand(2, 3)
    with pytest.raises(InplaceError, match="repeats its memory.*clone"):
        wide += 1
    equal(x, [[1.0], [2.0]])


# ----------------------------------------------------------------- what does not fit


def test_broadcasting_that_does_not_fit() -> None:
    for requires_grad in (True, False):
        y = leaf([1.0, 2.0, 3.0], requires_grad=requires_grad) * 1
        with pytest.raises(
            ShapeError, match=r"add_: the result of shape \(2, 3\).*of shape \(3,\)"
        ):
            y += leaf(np.ones((2, 3)))
        equal(y, [1.0, 2.0, 3.0])
        with pytest.raises(ValueError):  # of a user's kernel, the kernel's own
            y *= leaf([1.0, 2.0])
        with pytest.raises(ValueError):
            y[0:2] = leaf([1.0, 2.0, 3.0])
        equal(y, [1.0, 2.0, 3.0])


def test_dtype_that_does_not_fit() -> None:
    count, flag = leaf([1, 2], "int64"), leaf([True, False], "bool")
    with pytest.raises(DtypeError, match="add_: .*float32 cannot be written into .*int64"):
        count += 1.5
    with pytest.raises(DtypeError, match="div_"):
        count /= 2
    with pytest.raises(DtypeError, match="add_: .*int64 cannot be written into .*bool"):
        flag += 1
    assert count.tolist() == [1, 2] and flag.tolist() == [True, False]
    count += True
    assert count.tolist() == [2, 3]


def test_narrow_tensor_takes_wide_values() -> None:
    x = leaf([1.0, 2.0], "float32", requires_grad=False)
    x += leaf([0.5, 0.5])
    assert x.dtype.name == "float32"
    equal(x, [1.5, 2.5])
    h = leaf([1.0, 1.0], "float32")
    y = h * 2
    w = leaf([3.0, 4.0])
    y += w
    y.sum().backward()
    assert (h.grad.dtype.name, w.grad.dtype.name) == ("float32", "float64")
    equal(w.grad, [1.0, 1.0])


# ----------------------------------------------------------------- views

UNSEEN = {
    "mul_": lambda v: v.mul_(2),
    "exp_": lambda v: v.exp_(),
    "setitem": lambda v: v.__setitem__(0, 5.0),
    "uniform_": lambda v: v.uniform_(),
}


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_a_view_taken_under_no_grad_is_not_changed_unseen(change: Any) -> None:
    base = leaf([1.0, 2.0]) * 1
    with no_grad():
        view = base[0:1]
        change(base[1:])  # all under no_grad: fine
    with pytest.raises(InplaceError, match="under no_grad"):
        change(view)
    change(base.detach()[0:1])  # a root of its own, as in torch


@pytest.mark.parametrize("arrives", ["as it lies", "in another order"])
def test_change_of_a_view_that_is_one_only_as_its_base_lies_in_memory(arrives: str) -> None:
    """The gradient of what was overwritten is zero however the gradient lies in memory."""
    x = leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    base = (x.permute(1, 0) * 1).contiguous().clone().permute(1, 0) * 1  # columns after columns
    base.permute(1, 0).reshape(6)[1:3] = 0.5
    if arrives == "as it lies":
        (base * base).sum().backward()
        equal(x.grad, [[2.0, 4.0], [0.0, 8.0], [0.0, 12.0]])
    else:
        weights = leaf([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        (base * base).reshape(6).mul(weights).sum().backward()
        equal(x.grad, [[2.0, 8.0], [0.0, 32.0], [0.0, 72.0]])
