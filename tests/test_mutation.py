"""A change in place gives a right gradient or an InplaceError; never a wrong gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import CpuTensor, grad, no_grad
from lightgrad.errors import DtypeError, InplaceError, ShapeError
from tests.backends import VARIANTS, variant
from tests.grid import OPS
from tests.op_table import ROWS, leaves, light_call, torch_call

#: the tensor class that a test runs on
CLASS: list[Any] = [CpuTensor]


@pytest.fixture(params=VARIANTS)
def device(request: Any) -> Iterator[str]:
    with variant(request.param) as cls:
        CLASS[0] = cls
        yield request.param
        CLASS[0] = CpuTensor


everywhere = pytest.mark.usefixtures("device")
pytestmark = everywhere


def leaf(values: Any, dtype: str = "float64", requires_grad: bool = True) -> Any:
    return CLASS[0].from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def equal(tensor: Any, values: Any, rtol: float = 1e-10) -> None:
    np.testing.assert_allclose(tensor.numpy(), values, rtol=rtol)


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


# ----------------------------------------------------------------- recorded changes


def both(program: Any, *arrays: Any) -> None:
    """The same program in lightgrad and torch: value and gradients."""
    ours = [leaf(a) for a in arrays]
    theirs = [torch.tensor(np.array(a, "float64"), requires_grad=True) for a in arrays]
    y, z = program(*ours), program(*theirs)
    equal(y, z.detach().numpy())
    (y * y).sum().backward()
    (z * z).sum().backward()
    for t, u in zip(ours, theirs, strict=True):
        equal(t.grad, u.grad.numpy())


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


# ----------------------------------------------------------------- every op

by_op = pytest.mark.parametrize("op", OPS)


def samples_of(op: str, rest: bool = False) -> list[tuple[Any, Any]]:
    """Rows and samples: all on the CPU, the first of each row elsewhere.  OpenCL compiles, so
    that each op has a turn there with fusion or without, by its name; the rest is slow."""
    cls, rows = CLASS[0], [row for row in ROWS if row.op == op]
    if hasattr(cls, "cl") and (crc32(op.encode()) % 4 != cls.cl().fuse) != rest:
        return []
    return [(r, s) for r in rows for s in (r.samples if cls is CpuTensor else r.samples[:1])]


def tensors_of(outputs: list[Any]) -> list[Any]:
    return [y for y in outputs if hasattr(y, "detach")]


def changed_outputs(call: Any, which: int) -> list[bool]:
    """Which outputs change with an input, after the call."""
    outputs, t = tensors_of(call.run()), call.tensors[which]
    before = [y.detach().numpy().copy() for y in outputs]
    with no_grad(), torch.no_grad():
        t.copy_(t.logical_not() if "bool" in str(t.dtype) else t + 1)
    found = []
    for y, old in zip(outputs, before, strict=True):
        now = y.detach().numpy()
        found.append(not np.array_equal(now, old, equal_nan=old.dtype.kind == "f"))
        if found[-1] and type(y) is CLASS[0]:  # it is known who shares memory
            assert y._storage is t._storage
    return found


#: those whose result is a copy here and a view, or the tensor itself, in torch
COPIES = {"cast", "dropout", "unfold"}


@by_op
def test_results_follow_a_changed_input_where_torchs_do(op: str, rest: bool = False) -> None:
    for row, sample in samples_of(op, rest):
        for i in range(len(light_call(row, sample, CLASS[0], "float32").tensors)):
            try:
                found = changed_outputs(light_call(row, sample, CLASS[0], "float32"), i)
            except DtypeError as error:  # float16 is not everywhere
                if "is not supported by" not in str(error):
                    raise
                pytest.skip(str(error))
            if row.op in COPIES or (row.op == "contiguous" and not CLASS[0]._shares):
                assert not any(found), row.name
            elif row.op != "view_as":  # the row's torch makes a copy
                true = changed_outputs(torch_call(row, sample, "float32"), i)
                assert found == true, f"{row.name}({sample}), input {i} changed"


@by_op
def test_changed_operands_raise_or_change_nothing(op: str, rest: bool = False) -> None:
    """After a forward pass every input and output is changed, one at a time."""
    cls = CLASS[0]
    for row, sample in samples_of(op, rest):
        if not row.grad or not sample.floats:
            continue
        expected = gradients(light_call(row, sample, cls, "float64"), None)
        count = len(leaves(expected)) and len(light_call(row, sample, cls, "float64").tensors)
        for victim in range(-1, count):
            try:
                found = gradients(light_call(row, sample, cls, "float64"), victim)
            except InplaceError:
                continue
            for g, e in zip(found, expected, strict=True):
                about = f"{row.name}({sample}), {victim} changed"
                assert (g is None) == (e is None), about
                if g is not None:
                    np.testing.assert_allclose(g.numpy(), e.numpy(), 1e-9, 1e-12, err_msg=about)


@by_op
@pytest.mark.slow
def test_changes_on_all_devices(op: str) -> None:
    test_results_follow_a_changed_input_where_torchs_do(op, True)
    test_changed_operands_raise_or_change_nothing(op, True)


def gradients(call: Any, victim: int | None) -> list[Any]:
    outputs = [y for y in call.run() if isinstance(y, CLASS[0])]
    recorded = [y for y in outputs if y.requires_grad]
    if victim is not None:
        with no_grad():
            for t in outputs if victim == -1 else [call.tensors[victim]]:
                if t.dtype != "bool" and not is_expanded(t):
                    t._inplace("add", True)
    if not recorded:
        return []
    vectors = [y._filled(1) for y in recorded]
    return list(grad(recorded, call.wanted, vectors, allow_unused=True))


def is_expanded(t: Any) -> bool:
    return t._origin is not None and t._origin[0].__name__ == "expand"


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
