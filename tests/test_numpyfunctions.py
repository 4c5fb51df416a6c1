"""NumPy's own functions on tensors: recorded, or told; never a gradient lost in silence."""

from __future__ import annotations

import copy
import operator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import BackwardError, DtypeError, LightgradError, StrictError
from tests.backends import NAMES, backend

A = np.array([[0.3, -0.7, 0.5], [0.9, 0.2, -0.4]], np.float32)
B = np.array([[1.5, 0.4, 2.5], [0.7, 3.0, 1.1]], np.float32)


@pytest.fixture(params=NAMES)
def t(request: Any) -> Any:
    return backend(request.param).from_numpy(A)


UNARY = [np.exp, np.sin, np.tanh, np.abs, np.negative, np.square, np.arctan, np.floor, np.isnan]
BINARY = [np.subtract, np.multiply, np.maximum, np.less, np.arctan2]
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.lt]


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
def test_ufuncs_are_operations(function: Any, t: Any) -> None:
    out = function(t)
    assert isinstance(out, type(t))
    np.testing.assert_allclose(out.numpy(), function(A), rtol=1e-5, atol=1e-6)
    assert out.requires_grad == (function is not np.isnan)


@pytest.mark.parametrize("function", [*BINARY, *OPERATORS], ids=lambda f: f.__name__)
def test_two_operands_in_either_order(function: Any, t: Any) -> None:
    for other in (B, np.float32(2), np.int64(2)):
        for out, want in (
            (function(t, other), function(A, other)),
            (function(other, t), function(other, A)),
        ):
            assert isinstance(out, type(t)) and str(out.dtype) in ("float32", "bool")
            np.testing.assert_allclose(out.numpy(), want, rtol=1e-5, equal_nan=True)
            assert out.requires_grad == (want.dtype.kind == "f")


def test_gradients_pass_through(t: Any) -> None:
    np.sum(np.exp(t) * np.float32(3) + B * t).backward()
    np.testing.assert_allclose(t.grad.numpy(), 3 * np.exp(A) + B, rtol=1e-5)


FUNCTIONS = {
    "sum": lambda t: np.sum(t, axis=0, keepdims=True),
    "mean": lambda t: np.mean(t, 1),
    "prod": lambda t: np.prod(t),
    "max": lambda t: np.max(t, axis=1),
    "min": lambda t: np.amin(t),
    "std": lambda t: np.std(t, axis=0),
    "var": lambda t: np.var(t, ddof=1),
    "clip": lambda t: np.clip(t, -0.5, 0.5),
    "clip from below": lambda t: np.clip(t, a_min=0, a_max=None),
    "concatenate": lambda t: np.concatenate([A, t], axis=1),
    "stack": lambda t: np.stack((t, A), axis=2),
    "where": lambda t: np.where(A > 0, t, 0),
    "transpose": lambda t: np.transpose(t),
    "transpose by axes": lambda t: np.transpose(t, (1, 0)),
    "dot": lambda t: np.dot(t, B.T),
    "dot of stacks": lambda t: np.dot(t, np.stack([B.T, A.T])),
    "dot with a number": lambda t: np.dot(2.0, t),
    "reshape": lambda t: np.reshape(t, (3, -1)),
    "ravel": lambda t: np.ravel(t),
    "squeeze": lambda t: np.squeeze(t),
    "expand_dims": lambda t: np.expand_dims(t, 1),
    "positive": lambda t: np.positive(t),
    "broadcast_to": lambda t: np.broadcast_to(t, (4, 2, 3)),
    "swapaxes": lambda t: np.swapaxes(t, 0, 1),
    "moveaxis": lambda t: np.moveaxis(t, 0, -1),
    "roll": lambda t: np.roll(t, 2),
    "roll of axes": lambda t: np.roll(t, (1, -1), axis=(0, 1)),
    "flip": lambda t: np.flip(t),
    "flip of an axis": lambda t: np.flip(t, 1),
    "tile": lambda t: np.tile(t, (2, 1, 2)),
    "tile by a number": lambda t: np.tile(t, 2),
    "repeat": lambda t: np.repeat(t, 2),
    "repeat along an axis": lambda t: np.repeat(t, 3, axis=1),
    "cumsum": lambda t: np.cumsum(t),
    "cumprod": lambda t: np.cumprod(t, axis=0),
    "sort": lambda t: np.sort(t),
    "sort of columns": lambda t: np.sort(t, axis=0),
    "sort of all": lambda t: np.sort(t, axis=None),
    "diag": lambda t: np.diag(t, 1),
    "diagonal": lambda t: np.diagonal(t, -1),
    "trace": lambda t: np.trace(t),
    "tril": lambda t: np.tril(t),
    "triu": lambda t: np.triu(t, 1),
    "outer": lambda t: np.outer(t, B),
    "outer of an array": lambda t: np.outer(B[0], t[0]),
    "inner": lambda t: np.inner(B, t),
    "tensordot": lambda t: np.tensordot(t, B),
    "tensordot of axes": lambda t: np.tensordot(t, B, axes=([1], [1])),
    "einsum": lambda t: np.einsum("ij,kj->ik", B, t, optimize=True),
    "norm": lambda t: np.linalg.norm(t),
    "norm of rows": lambda t: np.linalg.norm(t, axis=1, keepdims=True),
    "norm of order 1": lambda t: np.linalg.norm(t, 1, axis=0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_with_an_operation_of_that_meaning_are_recorded(name: str, t: Any) -> None:
    out, want = FUNCTIONS[name](t), FUNCTIONS[name](A)
    assert isinstance(out, type(t)) and out.requires_grad
    assert out.shape == np.shape(want)
    np.testing.assert_allclose(out.numpy(), want, rtol=1e-5)


def test_functions_that_have_no_gradient(t: Any) -> None:
    for function in (np.argmax, np.any, np.all):
        assert np.array_equal(function(t, axis=1).numpy(), function(A, axis=1))


def test_norms_of_matrices_are_not_those_of_their_elements(t: Any) -> None:
    with pytest.raises(DtypeError, match="ord=1 of a matrix"):
        np.linalg.norm(t, 1)
    assert np.isclose(np.linalg.norm(t.detach(), 1), np.linalg.norm(A, 1))


TAKEN = {
    "np.asarray": lambda t: np.asarray(t),
    "np.array of a list": lambda t: np.array([t, t]),
    "np.linalg.solve": lambda t: np.linalg.solve(np.eye(2), t),
    "np.cumsum": lambda t: np.cumsum(t, dtype=np.float64),
    "np.median": lambda t: np.median(t),
    "np.cbrt": lambda t: np.cbrt(t),
    "np.add.reduce": lambda t: np.add.reduce(t),
    "np.multiply.outer": lambda t: np.multiply.outer(B, t),
    "np.sum": lambda t: np.sum(t, dtype=np.float64),
    "np.add with out=": lambda t: np.add(t, 1, out=np.zeros((2, 3), np.float32)),
    "+= of an array": lambda t: operator.iadd(B.copy(), t),
}


@pytest.mark.parametrize("name", TAKEN)
def test_the_rest_takes_values_where_no_gradient_is_lost(name: str, t: Any) -> None:
    asked = name.partition(" ")[0] if name.startswith("np") else "np.add"
    asked = "np.asarray" if name.startswith("np.array") else asked
    for x in (t, t * 1):
        with pytest.raises(BackwardError, match=rf"^{asked}: .*shape \(2, 3\).*lost.*detach\(\)"):
            TAKEN[name](x)
        want = TAKEN[name](A)
        with light.no_grad():
            np.testing.assert_allclose(TAKEN[name](x), want, rtol=1e-5)
        found = TAKEN[name](x.detach())
        assert type(found) is type(want)
        np.testing.assert_allclose(found, want, rtol=1e-5)


def test_questions_about_values_are_answered(t: Any) -> None:
    assert np.allclose(t, A) and np.array_equal(t, A) and np.isclose(t, A).all()
    assert (np.shape(t), np.ndim(t), np.size(t)) == ((2, 3), 2, 6)
    np.testing.assert_array_equal(t, A)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(t * 2, A)


def test_results_do_not_go_into_tensors(t: Any) -> None:
    with pytest.raises(DtypeError, match=r"np.add: out= must be an array.*copy_\(\)"):
        np.add(A, 1, out=t.detach())


def test_arrays_are_copies(t: Any) -> None:
    x = t.detach()
    for array in (np.asarray(x), np.array(x, np.float64), x.to_numpy(), t.to_numpy()):
        array[:] = 9
        np.testing.assert_array_equal(t.numpy(), A)
    assert np.array(x, np.int8).dtype == np.int8
    with pytest.raises(ValueError, match="without a copy"):
        np.array(x, copy=False)


def test_strict_mode_refuses_to_copy_from_a_device() -> None:
    x = backend("opencl").from_numpy(A, requires_grad=False)
    with light.strict(True):
        assert np.exp(x).device == "opencl"
        for function in (np.asarray, np.cbrt, np.median):
            with pytest.raises(StrictError, match=f"{function.__name__}: the values would be"):
                function(x)


# ----------------------------------------------------------------- pictures


PICTURES = {
    "plot": lambda p, x, y, m: p.plot(x, y),
    "plot y": lambda p, x, y, m: p.plot(y),
    "plot columns": lambda p, x, y, m: p.plot(m),
    "plot a point": lambda p, x, y, m: p.plot(x[1], y[1], "o"),
    "losses": lambda p, x, y, m: p.plot([v.sum() for v in y]),
    "set_data": lambda p, x, y, m: p.plot(x, x)[0].set_data(x, y),
    "scatter": lambda p, x, y, m: p.scatter(x, y, c=y, s=100 * y),
    "bar": lambda p, x, y, m: p.bar(x, y),
    "imshow": lambda p, x, y, m: p.imshow(m),
    "hist": lambda p, x, y, m: p.hist(y, bins=3),
    "fill_between": lambda p, x, y, m: p.fill_between(x, y, 2 * y),
    "errorbar": lambda p, x, y, m: p.errorbar(x, y, yerr=y),
    "contour": lambda p, x, y, m: p.contourf(m),
    "axhline": lambda p, x, y, m: p.axhline(y.sum()),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("device", NAMES)
def test_pictures_of_tensors_are_those_of_arrays(name: str, device: str) -> None:
    agg = pytest.importorskip("matplotlib.backends.backend_agg")
    figure = pytest.importorskip("matplotlib.figure")

    def drawn(x: Any, y: Any, m: Any) -> np.ndarray:
        canvas = agg.FigureCanvasAgg(figure.Figure(figsize=(2, 2), dpi=40))
        PICTURES[name](canvas.figure.add_subplot(), x, y, m)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())

    arrays = np.linspace(0, 1, 3, dtype=np.float32), np.array([1, 3, 2], np.float32), B
    tensors = [backend(device).from_numpy(a) * 1 for a in arrays]
    np.testing.assert_array_equal(drawn(*tensors), drawn(*arrays))


# ----------------------------------------------------------------- copies


def test_copies_of_results(t: Any) -> None:
    y = t * 2
    assert copy.copy(y).requires_grad and not copy.copy(y).is_leaf
    copy.copy(y).sum().backward()
    assert t.grad.tolist() == [[2, 2, 2], [2, 2, 2]]
    with pytest.raises(BackwardError, match=r"result of mul: detach\(\) it first, which"):
        copy.deepcopy(y)
    assert copy.deepcopy(y.detach()).tolist() == y.tolist()
    assert copy.copy(t).is_leaf and copy.copy(t) is not t


def test_an_axis_of_none_and_of_nothing_are_numpys() -> None:
    array = np.arange(6.0).reshape(2, 3)
    t = light.tensor(array, dtype=light.float64)
    joined = np.concatenate([t, t * 2], axis=None)
    np.testing.assert_array_equal(
        joined.detach().numpy(), np.concatenate([array, array * 2], axis=None)
    )
    joined.sum().backward()
    np.testing.assert_array_equal(t.grad.numpy(), np.full((2, 3), 3.0))
    plain = t.detach()
    np.testing.assert_array_equal(np.sum(plain, axis=()), array)
    np.testing.assert_array_equal(np.var(plain, axis=()), np.zeros((2, 3)))
    for wrong in (lambda: np.sum(t, axis=()), lambda: np.sum(t, ())):
        with pytest.raises(BackwardError, match="np.sum"):
            wrong()
    one = light.tensor([2.0])
    np.reshape(one, ()).backward()  # a shape of nothing is no axis
    assert one.grad.item() == 1


def test_what_an_operation_refuses_is_numpys_where_no_gradient_is_lost() -> None:
    whole = light.arange(4)
    assert np.mean(whole) == 1.5
    assert np.prod(light.ones((2, 3)).detach(), axis=(0, 1)) == 1
    low, high = np.zeros(3), np.ones(3)
    np.testing.assert_array_equal(np.clip(light.tensor([-1, 0, 5]), low, high), [0, 0, 1])
    with pytest.raises(LightgradError):
        np.prod(light.ones((2, 3)), axis=(0, 1))
