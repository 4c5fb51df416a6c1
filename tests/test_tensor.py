"""The tensor itself: attributes, conversions, operators, promotion, hooks, copies, errors."""

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import errors
from lightgrad.errors import BackwardError, DeviceError, DtypeError, ShapeError


def constant(data: Any, **kwargs: Any) -> Any:
    return light.tensor(data, requires_grad=False, **kwargs)


# ----------------------------------------------------------------- what it is


def test_attributes() -> None:
    t = light.tensor([[1.0, 2.0, 3.0]], name="row")
    assert isinstance(t, light.Tensor) and issubclass(light.AbstractTensor, light.Tensor)
    assert type(t) is light.CpuTensor and isinstance(t.data, np.ndarray)
    assert (t.dtype, t.shape, t.ndim, t.dim(), t.numel()) == (np.float32, (1, 3), 2, 2, 3)
    assert t.size() == (1, 3) and t.size(1) == t.size(-1) == 3
    assert (t.device, t.name, t.grad, t.grad_fn, t.is_leaf) == ("cpu", "row", None, None, True)
    assert t.is_contiguous() and not light.ones(2, 3).permute(1, 0).is_contiguous()
    with pytest.raises(ShapeError, match="size: dim 2 is out of range for a 2-dim"):
        t.size(2)
    with pytest.raises(AttributeError):
        t.shape = (3,)


def test_leaves_and_results() -> None:
    a, c = light.ones(2), constant([1.0, 2.0])
    y = a * c
    assert a.is_leaf and a.requires_grad and c.is_leaf and not c.requires_grad
    assert not y.is_leaf and y.requires_grad and y.grad_fn is not None
    assert (c * 2).is_leaf and not (c * 2).requires_grad
    assert y.detach().is_leaf and not y.detach().requires_grad
    assert not (a > 0).requires_grad


def test_requires_grad_() -> None:
    c = constant([1.0])
    assert c.requires_grad_() is c and c.requires_grad
    assert not c.requires_grad_(False).requires_grad
    c.requires_grad = True
    assert c.requires_grad
    y = c * 2
    assert y.requires_grad_() is y
    with pytest.raises(BackwardError, match="only be turned off on leaf tensors"):
        y.requires_grad_(False)
    for dtype in ("int64", "bool"):
        with pytest.raises(DtypeError, match=f"dtype {dtype} cannot require gradients"):
            light.zeros(2, dtype=dtype).requires_grad_()


def test_truth_and_numbers() -> None:
    assert bool(light.tensor([[2]])) and not bool(light.tensor(0.0))
    for shape in ((2,), (0,)):
        with pytest.raises(ShapeError, match="truth value .* is ambiguous"):
            bool(light.ones(shape))
    assert float(light.tensor([1.5])) == 1.5 and int(light.tensor(2.75)) == 2
    assert [10, 20, 30][light.tensor(1)] == 20
    assert list(range(light.tensor(3))) == [0, 1, 2]
    with pytest.raises(DtypeError, match="dtype float32 is not an index; use long()"):
        operator.index(light.tensor(1.0))
    for convert in (float, int, operator.index):
        with pytest.raises(ShapeError, match=r"item: only a tensor of one element .* \(2,\)"):
            convert(light.tensor([1, 2]))


def test_item_and_tolist() -> None:
    for value in (True, 3, 2.5):
        found = light.tensor([[value]]).item()
        assert found == value and type(found) is type(value)
    with pytest.raises(ShapeError, match=r"not one of shape \(0,\); use tolist\(\)"):
        light.zeros(0).item()
    assert light.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert light.tensor(1.5).tolist() == 1.5 and light.zeros(0, 2).tolist() == []


def test_len_iteration_and_membership() -> None:
    t = light.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert len(t) == 2 and len(light.zeros(0, 3)) == 0
    rows = list(t)
    assert [r.tolist() for r in rows] == [[1, 2], [3, 4]] and all(r.requires_grad for r in rows)
    first, second = t
    (first * second).sum().backward()
    np.testing.assert_array_equal(t.grad.numpy(), [[3, 4], [1, 2]])
    assert 3 in t and 5.0 not in t
    scalar = light.tensor(1.0)
    with pytest.raises(DtypeError, match=r"len\(\) of a 0-d tensor"):
        len(scalar)
    with pytest.raises(DtypeError, match=r"iteration over a 0-d tensor; use item\(\)"):
        iter(scalar)


def test_tensors_are_keys_by_identity() -> None:
    a, b = light.ones(2), light.ones(2)
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1


def test_format() -> None:
    assert f"{light.tensor(3.14159):.2f}" == "3.14" and f"{light.tensor([7]):03d}" == "007"
    assert f"{constant([1.0])}" == "tensor([1.])"
    with pytest.raises(ShapeError, match="item: only a tensor of one element"):
        format(light.ones(2), ".2f")


# ----------------------------------------------------------------- repr


@pytest.mark.parametrize(
    "make, text",
    [
        (lambda: constant([1.0, 2.5]), "tensor([1. , 2.5])"),
        (lambda: light.tensor([1.0]), "tensor([1.], requires_grad=True)"),
        (lambda: constant(1.5), "tensor(1.5)"),
        (lambda: light.tensor([1, -2]), "tensor([ 1, -2])"),
        (lambda: light.tensor(3), "tensor(3)"),
        (lambda: light.tensor([True, False]), "tensor([ True, False])"),
        (lambda: light.tensor([1, 2], dtype="uint8"), "tensor([1, 2], dtype=uint8)"),
        (lambda: constant([1.0], dtype="float64"), "tensor([1.], dtype=float64)"),
        (lambda: constant([]), "tensor([], dtype=float32)"),
        (lambda: light.zeros(2, 0, dtype=int), "tensor([], dtype=int64, size=(2, 0))"),
        (lambda: constant([1 / 3]), "tensor([0.3333])"),
        (lambda: light.tensor([1.0]) * 2, "tensor([2.], grad_fn=<mul>)"),
        (lambda: light.tensor([2.0], name="w"), "tensor([2.], requires_grad=True, name='w')"),
        (
            lambda: light.tensor([[1, 2], [3, 4]]),
            "tensor([[1, 2],\n        [3, 4]])",
        ),
        (
            lambda: constant([float("nan"), float("inf")]),
            "tensor([nan, inf])",
        ),
    ],
)
def test_repr(make: Any, text: str) -> None:
    assert repr(make()) == str(make()) == text


def test_repr_of_a_large_tensor_is_short() -> None:
    text = repr(light.arange(1_000_000).reshape(1000, 1000))
    assert "..." in text and len(text) < 1000


def test_repr_names_other_devices() -> None:
    class Elsewhere(light.CpuTensor):
        device_name = "elsewhere"

    t = Elsewhere(np.ones(1, np.float32))
    assert repr(t) == "tensor([1.], device='elsewhere')"


# ----------------------------------------------------------------- gradients


def test_grad_can_be_set_and_cleared() -> None:
    x = light.ones(2)
    x.grad = light.tensor([1.0, 2.0])
    assert x.grad.tolist() == [1, 2]
    x.grad = np.array([3.0, 4.0])
    assert x.grad.tolist() == [3, 4] and x.grad.dtype == light.float32
    x.grad = None
    assert x.grad is None
    (x * 3).sum().backward()
    x.zero_grad()
    assert x.grad is None
    with pytest.raises(ShapeError, match=r"grad: the gradient has shape \(3,\), the tensor \(2,\)"):
        x.grad = light.ones(3)
    with pytest.raises(DtypeError, match="grad: the gradient must be a tensor, not str"):
        x.grad = "a"


def test_detach_shares_memory_and_is_watched() -> None:
    x = light.ones(2)
    y = x * x
    d = x.detach()
    assert d.data is x.data and not d.requires_grad
    d += 1
    assert x.tolist() == [2, 2]
    with pytest.raises(errors.InplaceError, match="mul: .*changed in place"):
        y.sum().backward()


def test_retain_grad() -> None:
    x = light.tensor([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    x.retain_grad()
    (y * y).sum().backward()
    assert y.grad.tolist() == [4, 8] and x.grad.tolist() == [8, 16]
    z = x * 2
    (z * z).sum().backward()
    with pytest.warns(UserWarning, match="result of mul, .*call retain_grad"):
        assert z.grad is None
    with pytest.raises(BackwardError, match=r"retain_grad: the tensor of shape \(1,\) does not"):
        constant([1.0]).retain_grad()


def test_hooks_see_and_change_gradients_until_removed() -> None:
    x, seen = light.tensor([1.0, 2.0]), []
    first = x.register_hook(lambda g: seen.append(g.tolist()))
    second = x.register_hook(lambda g: g * 10)
    (x * x).sum().backward()
    assert seen == [[2, 4]] and x.grad.tolist() == [20, 40]
    second.remove()
    second.remove()
    x.zero_grad()
    (x * x).sum().backward()
    assert len(seen) == 2 and x.grad.tolist() == [2, 4]
    first.remove()
    x.zero_grad()
    y = x * 3
    y.register_hook(lambda g: -g)
    y.sum().backward()
    assert len(seen) == 2 and x.grad.tolist() == [-3, -3]


def test_wrong_hooks() -> None:
    with pytest.raises(BackwardError, match="register_hook: .* does not require gradients"):
        constant([1.0]).register_hook(print)
    x = light.ones(2)
    with pytest.raises(DtypeError, match="a hook must be callable, not 3"):
        x.register_hook(3)
    x.register_hook(lambda g: 7)
    with pytest.raises(ShapeError, match=r"must return None or a tensor of shape \(2,\), not 7"):
        x.sum().backward()


# ----------------------------------------------------------------- copies and NumPy


def test_copy_is_a_leaf_and_clone_is_not() -> None:
    x = light.tensor([1.0, 2.0])
    leaf, node = x.copy(), x.clone()
    assert leaf.is_leaf and leaf.requires_grad and not node.is_leaf
    assert not x.copy(requires_grad=False).requires_grad
    assert not light.arange(2).copy().requires_grad
    with light.no_grad():
        x += 1
    assert leaf.tolist() == node.tolist() == [1, 2]
    (node * 3).sum().backward()
    assert x.grad.tolist() == [3, 3] and leaf.grad is None


def test_numpy_and_from_numpy_copy() -> None:
    x = light.tensor([1.0, 2.0])
    y = x * x
    x.numpy()[:] = 9
    np.asarray(x.detach())[:] = 9
    y.sum().backward()
    assert x.tolist() == [1, 2] and x.grad.tolist() == [2, 4]
    array = np.ones(2, np.float32)
    z = light.from_numpy(array)
    array += 5
    assert z.tolist() == [1, 1]


# ----------------------------------------------------------------- moving and saving


def test_to() -> None:
    x = light.tensor([1.0, 2.0])
    assert x.to("cpu") is x.to(light.float32) is x.to(x) is x.cpu() is x
    assert x.to(light.float64).dtype == x.to("float64").dtype == np.float64
    assert x.to(light.arange(2)).dtype == light.int64
    assert x.to("cpu", copy=True) is not x
    x.to(dtype=light.float64).sum().backward()
    assert x.grad.dtype == light.float32
    with pytest.raises(
        DeviceError, match="no device is called 'moon'; known: .*cpu.* register_back"
    ):
        x.to("moon")


def test_pickle() -> None:
    for t in (light.tensor([1.0], name="w"), constant([2.0]), light.arange(3), light.ones(2, 0)):
        found = pickle.loads(pickle.dumps(t))
        assert type(found) is type(t) and found.tolist() == t.tolist()
        assert (found.dtype, found.requires_grad, found.name) == (t.dtype, t.requires_grad, t.name)
    with pytest.raises(BackwardError, match=r"only leaf tensors can be pickled .* result of mul"):
        pickle.dumps(light.ones(1) * 2)


def test_deepcopy() -> None:
    x = light.tensor([1.0, 2.0])
    (x * x).sum().backward()
    both = copy.deepcopy([x, x])
    assert both[0] is both[1] and both[0] is not x
    assert both[0].grad.tolist() == [2, 4] and both[0].grad is not x.grad
    with light.no_grad():
        x += 1
    assert both[0].tolist() == [1, 2]
    with pytest.raises(BackwardError, match="detach"):
        copy.deepcopy(x * 2)
