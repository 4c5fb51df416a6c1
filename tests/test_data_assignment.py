"""``t.data = array``: checked, noticed by what was saved, refused where others would not see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.errors import DtypeError, InplaceError, ShapeError
from tests.backends import VARIANTS, variant

X = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -4.0]], np.float32)


@pytest.fixture(params=VARIANTS)
def device(request: Any) -> Iterator[Any]:
    with variant(request.param) as cls:
        yield cls


def made(cls: Any, array: Any = X, requires_grad: bool = False) -> Any:
    return cls.from_numpy(np.array(array), requires_grad=requires_grad)


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_an_array_that_fits_is_taken(device: Any, shape: tuple[int, ...]) -> None:
    t = made(device, np.zeros(shape, np.float32), True)
    values = np.full(shape, 7, np.float32)
    t.data = made(device, values).data
    np.testing.assert_array_equal(t.numpy(), values)
    assert t.is_leaf and t.requires_grad
    (t * t).sum().backward()
    np.testing.assert_array_equal(t.grad.numpy(), 2 * values)


def test_what_does_not_fit_is_an_error_and_changes_nothing(device: Any) -> None:
    t = made(device)
    wrong: list[tuple[Any, type[Exception], str]] = [
        (made(device, X.T).data, ShapeError, r"shape \(2, 3\) .* shape \(3, 2\)"),
        (made(device, X[0]).data, ShapeError, r"cannot become one of shape \(3,\)"),
        (made(device, X.astype(np.int64)).data, DtypeError, "dtype float32 cannot .* int64"),
        (made(device, X.astype(np.float64)).data, DtypeError, "cannot become .* float64"),
        (X.tolist(), DtypeError, "holds a .*, not a list; change the values with copy_"),
        (None, DtypeError, "not a NoneType"),
        (made(device), DtypeError, "holds a .*, not a "),  # a tensor is no raw array
    ]
    for value, error, text in wrong:
        with pytest.raises(error, match="data: .*" + text):
            t.data = value
        np.testing.assert_array_equal(t.numpy(), X)


def test_what_was_saved_is_noticed(device: Any) -> None:
    x, w = made(device, X, True), made(device)
    y = x * w
    w.data = made(device, X + 1).data
    with pytest.raises(InplaceError, match="mul"):
        y.sum().backward()
    leaf = made(device, X, True)
    z = (leaf * leaf).sum()
    leaf.data = made(device, X + 1).data
    with pytest.raises(InplaceError, match="mul"):
        z.backward()
    e = made(device, X, True).exp()  # saves an alias of its result, which keeps its memory
    before = e.numpy()
    e.data = made(device).data
    e.backward(made(device, np.ones_like(X)))
    assert not np.array_equal(before, e.numpy())
    np.testing.assert_array_equal(e.numpy(), X)


def test_not_where_others_show_the_memory(device: Any) -> None:
    t = made(device)
    other = made(device, X + 1).data
    view = t[0]
    for place in (t, view):
        with pytest.raises(InplaceError, match="data: other tensors show the memory"):
            place.data = other if place is t else made(device, X[0]).data
    del view, place
    seen = t.detach()
    with pytest.raises(InplaceError, match="data: other tensors show the memory"):
        t.data = other
    np.testing.assert_array_equal(seen.numpy(), X)
    del seen
    t.data = other
    np.testing.assert_array_equal(t.numpy(), X + 1)


def test_changes_in_place_go_on_afterwards(device: Any) -> None:
    t = made(device, X, True)
    with light.no_grad():
        t.data = made(device, X * 2).data
        t.add_(1)
    h = t * 1
    h[0] = 0.0
    h.sum().backward()
    np.testing.assert_array_equal(t.grad.numpy(), [[0, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(t.numpy(), X * 2 + 1)


def test_another_device_holds_others() -> None:
    with (
        variant("opencl") as cls,
        pytest.raises(DtypeError, match="holds a .*Array, not a ndarray"),
    ):
        made(cls).data = made(CpuTensor).data


class Own(AbstractTensor):
    """A user's class: the parts that are looked at."""

    dtype = property(lambda self: self.data.dtype)  # type: ignore[assignment]
    shape = property(lambda self: self.data.shape)  # type: ignore[assignment]


class Early(Own):
    """Whose constructor sets it before the base knows of it."""

    def __init__(self, data: Any):
        self.data = data
        super().__init__(data)


@pytest.mark.parametrize("cls", [Own, Early])
def test_on_a_class_of_a_user(cls: Any) -> None:
    t = cls(X)
    with pytest.raises(ShapeError, match="data: "):
        t.data = X[0]
    with pytest.raises(DtypeError, match="data: .* holds a ndarray, not a list"):
        t.data = X.tolist()
    t.data = X * 2
    np.testing.assert_array_equal(t.data, X * 2)
