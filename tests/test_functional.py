"""Derivatives of functions, against torch.func and torch.autograd.functional."""

from __future__ import annotations

import subprocess
import sys
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad import nn
from lightgrad.autograd import Function, functional
from lightgrad.autograd.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from lightgrad.autograd.ops import arithmetic, inplace
from lightgrad.errors import (
    ArgumentError,
    BackwardError,
    DtypeError,
    GradcheckError,
    HigherOrderError,
    ShapeError,
)
from tests.new_accelerator import NewTensor

theirs = torch.autograd.functional
# torch's own forward mode warns about itself when it is first used
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def ours(value: Any, requires_grad: bool = False) -> Any:
    """The arrays of a nest as tensors."""
    if isinstance(value, dict):
        return {k: ours(v, requires_grad) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(ours(v, requires_grad) for v in value)
    return light.tensor(value, dtype=light.float64, requires_grad=requires_grad)


def torchs(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: torchs(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(torchs(v) for v in value)
    return torch.tensor(value, dtype=torch.float64)


def same(found: Any, expected: Any) -> None:
    """The same nest with the same numbers."""
    if isinstance(expected, dict):
        assert type(found) is dict and found.keys() == expected.keys()
        for key in expected:
            same(found[key], expected[key])
    elif isinstance(expected, (list, tuple)):
        assert type(found) is type(expected) and len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            same(a, b)
    else:
        assert tuple(found.shape) == tuple(expected.shape)
        np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), 1e-9, 1e-12)


MATRIX, VECTOR = normal(3, 4), normal(4, seed=1)


def vector_valued(a: Any, b: Any) -> Any:
    return (a @ b).tanh() * b[0]


def number_valued(a: Any, b: Any) -> Any:
    return ((a * b).sigmoid() ** 2).sum() * a[0, 0]


def several_valued(a: Any, b: Any) -> Any:
    return a.sum(0) * b, (b * b).sum()


PARAMETERS = {"layers": [{"w": MATRIX, "b": normal(3, seed=2)}, {"w": normal(2, 3, seed=3)}]}


def network(p: Any, x: Any) -> Any:
    first, second = p["layers"]
    return second["w"] @ (first["w"] @ x + first["b"]).tanh()


# ------------------------------------------------------------- values, against torch


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("argnums", [0, 1, -1, (0,), (1, 0)])
def test_grad_as_torch(argnums: Any, requires_grad: bool) -> None:
    found = grad(number_valued, argnums)(*ours((MATRIX, VECTOR), requires_grad))
    same(found, torch.func.grad(number_valued, argnums)(*torchs((MATRIX, VECTOR))))


def test_value_and_grad_as_torch_in_the_other_order() -> None:
    value, found = value_and_grad(number_valued)(*ours((MATRIX, VECTOR)))
    expected = torch.func.grad_and_value(number_valued)(*torchs((MATRIX, VECTOR)))
    same((found, value), expected)


def test_grad_of_nests() -> None:
    def loss(p: Any, x: Any) -> Any:
        return (network(p, x) ** 2).sum()

    found = grad(loss, (0, 1))(*ours((PARAMETERS, VECTOR)))
    same(found, torch.func.grad(loss, (0, 1))(*torchs((PARAMETERS, VECTOR))))


def test_grad_with_aux_and_keywords() -> None:
    def loss(x: Any, power: int = 1) -> Any:
        y = x**power
        return y.sum(), {"each": y, "power": power}

    g, aux = grad(loss, has_aux=True)(ours(VECTOR), power=3)
    expected, each = torch.func.grad(
        lambda x: (loss(x, 3)[0], loss(x, 3)[1]["each"]), has_aux=True
    )(torchs(VECTOR))
    same(g, expected)
    same(aux["each"], each)
    assert aux["power"] == 3 and not aux["each"].requires_grad
    (value, aux), g = value_and_grad(loss, has_aux=True)(ours(VECTOR), power=2)
    assert value.item() == pytest.approx((VECTOR**2).sum()) and aux["power"] == 2
    same(g, torch.tensor(2 * VECTOR))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_grad_of_grad(order: int) -> None:
    mine, other = lambda x: (x**4).sin(), lambda x: (x**4).sin()
    for _ in range(order):
        mine, other = grad(mine), torch.func.grad(other)
    same(mine(ours(np.array(0.7))), other(torchs(np.array(0.7))))


def test_nested_functions_do_not_confuse_their_variables() -> None:
    """d/dx [x d/dy (x + y)] at y = 1 is 1, although both derivatives are being taken."""
    f = grad(lambda x: x * grad(lambda y: x + y)(light.tensor(1.0)))
    assert f(light.tensor(5.0)).item() == 1
    g = grad(lambda x: grad(lambda y: x * x * y * y)(x))  # d/dx 2 x^3
    assert g(light.tensor(2.0)).item() == 24


def test_a_captured_tensor_is_a_constant() -> None:
    x = light.tensor(3.0)
    assert grad(lambda z: z * x)(x).item() == 3
    assert grad(lambda a, b: a * a * b)(x, x).item() == 18
    assert grad(lambda z: z * x, create_graph=True)(x).item() == 3


def test_vjp_as_torch() -> None:
    v = normal(3, seed=5)
    found = vjp(vector_valued, ours((MATRIX, VECTOR)), ours(v))
    same(found, theirs.vjp(vector_valued, torchs((MATRIX, VECTOR)), torchs(v)))
    output, pull = torch.func.vjp(vector_valued, *torchs((MATRIX, VECTOR)))
    same(found, (output, pull(torchs(v))))
    single = vjp(lambda x: (x * x).sum(), ours(VECTOR))
    same(single, theirs.vjp(lambda x: (x * x).sum(), torchs(VECTOR)))


def test_vjp_of_several_outputs() -> None:
    v = (normal(4, seed=5), np.array(2.0))
    found = vjp(several_valued, ours((MATRIX, VECTOR)), ours(v))
    same(found, theirs.vjp(several_valued, torchs((MATRIX, VECTOR)), torchs(v)))


@pytest.mark.parametrize("f", [vector_valued, number_valued, several_valued])
def test_jvp_as_torch(f: Any) -> None:
    v = normal(3, 4, seed=5), normal(4, seed=6)
    found = jvp(f, ours((MATRIX, VECTOR)), ours(v))
    same(found, torch.func.jvp(f, torchs((MATRIX, VECTOR)), torchs(v)))
    same(found, theirs.jvp(f, torchs((MATRIX, VECTOR)), torchs(v)))


def test_jvp_of_nests() -> None:
    v = {"layers": [{"b": normal(3), "w": normal(3, 4)}, {"w": normal(2, 3)}]}
    mine, other = ours(VECTOR), torchs(VECTOR)
    found = jvp(lambda p: {"out": network(p, mine)}, ours(PARAMETERS), ours(v))
    v["layers"][0] = {"w": v["layers"][0]["w"], "b": v["layers"][0]["b"]}  # torch goes by order
    f = lambda p: {"out": network(p, other)}  # noqa: E731
    same(found, torch.func.jvp(f, (torchs(PARAMETERS),), (torchs(v),)))


def test_jvp_of_a_single_number() -> None:
    f = lambda t: t**3  # noqa: E731
    same(jvp(f, ours(np.array(2.0))), theirs.jvp(f, torchs(np.array(2.0))))


@pytest.mark.parametrize("f", [vector_valued, number_valued, several_valued])
def test_jacobian_as_torch(f: Any) -> None:
    found = jacobian(f, ours((MATRIX, VECTOR)))
    same(found, theirs.jacobian(f, torchs((MATRIX, VECTOR))))
    expected = torch.func.jacrev(f, (0, 1))(*torchs((MATRIX, VECTOR)))
    same(found, expected)


def test_jacobian_of_nests() -> None:
    x = ours(VECTOR)
    found = jacobian(lambda p: {"out": network(p, x)}, ours(PARAMETERS))
    f = torch.func.jacrev(lambda p: {"out": network(p, torchs(VECTOR))})
    same(found, f(torchs(PARAMETERS)))


def test_hessian_as_torch() -> None:
    found = hessian(number_valued, ours((MATRIX, VECTOR)))
    same(found, theirs.hessian(number_valued, torchs((MATRIX, VECTOR))))
    same(found, torch.func.hessian(number_valued, (0, 1))(*torchs((MATRIX, VECTOR))))
    f = lambda x: (x**3).prod()  # noqa: E731
    same(hessian(f, ours(VECTOR)), torch.func.hessian(f)(torchs(VECTOR)))


def test_hessian_of_nests() -> None:
    f = lambda p: (p["a"] * p["b"][0]).sum() ** 2 + p["b"][0].sum()  # noqa: E731
    p = {"a": VECTOR, "b": [normal(4, seed=7)]}
    same(hessian(f, ours(p)), torch.func.hessian(f)(torchs(p)))


def test_hvp_as_torch() -> None:
    v = normal(3, 4, seed=5), normal(4, seed=6)
    found = hvp(number_valued, ours((MATRIX, VECTOR)), ours(v))
    same(found, theirs.hvp(number_valued, torchs((MATRIX, VECTOR)), torchs(v)))
    f = lambda x: x**4  # noqa: E731
    same(hvp(f, ours(np.array(2.0))), theirs.hvp(f, torchs(np.array(2.0))))


def test_hessian_by_jacobian_of_grad_and_by_jvp_of_grad() -> None:
    x = ours(VECTOR)
    f = lambda x: (x.exp() * x.flip(0)).sum()  # noqa: E731
    whole = hessian(f, x).numpy()
    np.testing.assert_allclose(jacobian(grad(f), x).numpy(), whole, rtol=1e-12)
    for i, unit in enumerate(np.eye(4)):
        np.testing.assert_allclose(jvp(grad(f), x, ours(unit))[1].numpy(), whole[:, i], 1e-12)


def test_third_derivatives() -> None:
    f = lambda x: (x**2).prod()  # noqa: E731
    found = jacobian(lambda x: hessian(f, x), ours(VECTOR))
    same(found, torch.func.jacrev(torch.func.hessian(f))(torchs(VECTOR)))
    assert found.shape == (4, 4, 4)


# ------------------------------------------------------------- zeros, forms and sizes


def test_unused_inputs_have_derivative_zero() -> None:
    f = lambda a, b: (a * a).sum()  # noqa: E731
    args, plain = ours((MATRIX, VECTOR)), torchs((MATRIX, VECTOR))
    same(grad(f, (0, 1))(*args), torch.func.grad(f, (0, 1))(*plain))
    same(jacobian(f, args), theirs.jacobian(f, plain))
    same(hessian(f, args), theirs.hessian(f, plain))
    same(hvp(f, args, args), theirs.hvp(f, plain, plain))
    same(vjp(f, args), theirs.vjp(f, plain))


def test_constant_and_linear_functions() -> None:
    x, v = ours(VECTOR), ours(normal(4, seed=9))
    constant = lambda x: light.ones(2, dtype=light.float64)  # noqa: E731
    assert jvp(constant, x, v)[1].numpy().tolist() == [0, 0]
    assert jacobian(constant, x).numpy().tolist() == np.zeros((2, 4)).tolist()
    same(jvp(lambda x: x, x, v), (torch.tensor(VECTOR), torch.tensor(v.numpy())))
    assert hessian(lambda x: (3 * x).sum(), x).numpy().tolist() == np.zeros((4, 4)).tolist()
    assert jacobian(lambda x: x, x).numpy().tolist() == np.eye(4).tolist()


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 1, 3), (2, 0)])
def test_shapes(shape: tuple[int, ...]) -> None:
    f = lambda x: x * x  # noqa: E731
    same(jacobian(f, ours(normal(*shape))), torch.func.jacrev(f)(torchs(normal(*shape))))
    g = lambda x: (x * x * x).sum()  # noqa: E731
    same(grad(g)(ours(normal(*shape))), torch.func.grad(g)(torchs(normal(*shape))))
    found = hessian(g, ours(normal(*shape)))
    assert found.shape == shape * 2
    v = ours(normal(*shape))
    same(jvp(f, v, v)[1], torch.tensor(2 * normal(*shape) ** 2))


def test_named_tuples_and_none_keep_their_places() -> None:
    Point = namedtuple("Point", "x y label")
    p = Point(light.tensor(2.0), light.tensor(3.0), None)
    found = grad(lambda p: p.x * p.x * p.y)(p)
    assert type(found) is Point and found.label is None
    assert (found.x.item(), found.y.item()) == (12, 4)
    found = jacobian(lambda p: p.x * p.y, p)  # one argument, though a tuple
    assert (found.x.item(), found.y.item()) == (3, 2)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_are_kept(dtype: str) -> None:
    x = light.tensor([1.0, 2.0], dtype=dtype)
    f = lambda x: (x * x).sum()  # noqa: E731
    results = (grad(f)(x), hessian(f, x), jacobian(f, x), hvp(f, x, x)[1], jvp(f, x, x)[1])
    assert {str(r.dtype) for r in results} == {dtype}
    assert hessian(f, x).tolist() == [[2, 0], [0, 2]]


def test_modules_are_functions() -> None:
    light.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = light.randn(3)
    w1, w2 = model[0].weight.numpy(), model[2].weight.numpy()
    hidden = np.tanh(w1 @ x.numpy() + model[0].bias.numpy())
    expected = w2 @ ((1 - hidden**2)[:, None] * w1)
    np.testing.assert_allclose(jacobian(model, x).numpy(), expected, rtol=1e-5)
    assert all(p.grad is None for p in model.parameters())


# ------------------------------------------------------------- what is recorded


def test_results_are_plain_and_inputs_left_alone() -> None:
    x = light.tensor([1.0, 2.0])
    f = lambda x: (x * x).sum()  # noqa: E731
    results = [grad(f)(x), *vjp(f, x), *jvp(f, x, x), jacobian(f, x), hessian(f, x), *hvp(f, x, x)]
    assert not any(r.requires_grad for r in results)
    assert x.grad is None and x.requires_grad and x.is_leaf
    assert x.tolist() == [1, 2]


def test_create_graph_differentiates_with_respect_to_the_inputs() -> None:
    f = lambda x: (x**3).sum()  # noqa: E731
    for result, slope in [
        (lambda x: grad(f, create_graph=True)(x).sum(), 12),
        (lambda x: vjp(f, x, create_graph=True)[1].sum(), 12),
        (lambda x: jvp(f, x, light.ones(2), create_graph=True)[1], 12),
        (lambda x: jacobian(f, x, create_graph=True).sum(), 12),
        (lambda x: hessian(f, x, create_graph=True).sum(), 6),
        (lambda x: hvp(f, x, light.ones(2), create_graph=True)[1].sum(), 6),
    ]:
        x = light.tensor([2.0, 2.0])
        result(x).backward()
        assert x.grad.tolist() == [slope, slope]


def test_create_graph_reaches_captured_tensors() -> None:
    w = light.tensor(3.0)
    g = grad(lambda x: w * w * x, create_graph=True)(light.tensor(1.0))
    g.backward()
    assert g.item() == 9 and w.grad.item() == 6


def test_under_no_grad() -> None:
    x = light.tensor(2.0)
    with light.no_grad():
        assert grad(lambda x: x**3)(x).item() == 12
        assert grad(grad(lambda x: x**3))(x).item() == 12
        assert jvp(lambda x: x**3, x, x)[1].item() == 24
        assert not light.is_grad_enabled()

    def inner_is_constant(x: Any) -> Any:
        with light.no_grad():
            slope = grad(lambda x: x**3)(x)
        return x * slope

    assert grad(inner_is_constant)(x).item() == 12


def test_an_error_inside_leaves_no_trace() -> None:
    def broken(x: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        grad(broken)(light.ones(()))
    assert not grad(lambda x: x * x)(light.ones(())).requires_grad


def test_graphs_are_freed_without_the_collector() -> None:
    import weakref

    from tests.helpers import without_gc

    alive = []

    def f(x: Any) -> Any:
        y = x * x
        alive.append(weakref.ref(y))
        return (y * x).sum()

    x = light.ones(3)
    with without_gc():
        for run in (
            lambda: grad(f)(x),
            lambda: vjp(f, x),
            lambda: jvp(f, x, x),
            lambda: jacobian(f, x),
            lambda: hessian(f, x),
            lambda: hvp(f, x, x),
        ):
            run()
        assert len(alive) == 6 and all(r() is None for r in alive)


def test_names_and_docs() -> None:
    def energy(x: Any) -> Any:
        return x * x

    assert grad(energy).__name__ == "energy"
    assert grad(energy).__doc__ == "The gradient of energy."
    assert light.autograd.functional is functional
    code = "import sys, lightgrad; print('lightgrad.autograd.functional' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


# ------------------------------------------------------------- other backends


class RuledTensor(NewTensor):
    """Five kernels again, with the rules of the library: derivatives of every order."""

    @staticmethod
    def zeros(shape: Any, *args: Any, **kwargs: Any) -> Any:
        return RuledTensor.from_numpy(
            np.zeros(shape, np.float32), kwargs.get("requires_grad", True)
        )

    empty = zeros

    @staticmethod
    def from_numpy(a: np.ndarray, requires_grad: bool = True) -> Any:
        plain = NewTensor.from_numpy(a, False)
        return RuledTensor(plain.data, plain.dtype, requires_grad)

    def copy(self, requires_grad: bool = True) -> Any:
        return RuledTensor.from_numpy(self.numpy(), requires_grad)


def _ruled(rule: Any, compute: Any) -> None:
    def forward(ctx: Any, *args: Any) -> Any:
        arrays = [a.numpy() if isinstance(a, RuledTensor) else a for a in args]
        return RuledTensor.from_numpy(np.asarray(compute(*arrays), args[0].dtype), False)

    made = type(rule.__name__, (rule,), {"forward": forward, "__slots__": ()})
    RuledTensor.register_op(name=rule.__name__)(made)


_ruled(arithmetic.neg, lambda a: -a)
_ruled(arithmetic.add, lambda a, b: a + b)
_ruled(arithmetic.mul, lambda a, b: a * b)
_ruled(arithmetic.pow, lambda a, b: a**b)
_ruled(inplace.fill, lambda a, value: np.full(a.shape, value))


def polynomial(x: Any) -> Any:
    return (x * x * 2 + x) * x


POINTS = np.array([0.5, 1.5, 2.0], np.float32)
WAY = np.array([1.0, -1.0, 0.5], np.float32)
FIRST = 6 * POINTS**2 + 2 * POINTS
SECOND = 12 * POINTS + 2

host_calls = pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")


@host_calls
@pytest.mark.parametrize("cls", [NewTensor, RuledTensor, light.CpuTensor])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_first_derivatives_on_every_backend(cls: Any, requires_grad: bool) -> None:
    x, v = cls.from_numpy(POINTS, requires_grad), cls.from_numpy(WAY, requires_grad)

    def check(found: Any, expected: Any) -> None:
        assert type(found) is cls
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)

    check(vjp(polynomial, x, v)[1], WAY * FIRST)
    y, found = jvp(polynomial, x, v)
    check(found, WAY * FIRST)
    check(y, (2 * POINTS**2 + POINTS) * POINTS)
    check(jacobian(polynomial, x), np.diag(FIRST))
    found = grad(lambda p: polynomial(p["x"]).sum())({"x": x})
    check(found["x"], FIRST)
    check(grad(lambda a, b: (a * b).sum(), 1)(x, v), POINTS)
    _, both = jvp(lambda a, b: a * b, (x, v), (v, x))
    check(both, WAY**2 + POINTS**2)


@host_calls
@pytest.mark.parametrize("cls", [RuledTensor, light.CpuTensor])
def test_second_derivatives_on_every_backend(cls: Any) -> None:
    x, v = cls.from_numpy(POINTS), cls.from_numpy(WAY)
    f = lambda x: polynomial(x).sum()  # noqa: E731
    np.testing.assert_allclose(hessian(f, x).numpy(), np.diag(SECOND), rtol=1e-5)
    np.testing.assert_allclose(hvp(f, x, v)[1].numpy(), SECOND * WAY, rtol=1e-5)
    np.testing.assert_allclose(jvp(grad(f), x, v)[1].numpy(), SECOND * WAY, rtol=1e-5)
    assert type(hvp(f, x, v)[1]) is cls


@host_calls
def test_a_backend_of_first_order_says_so() -> None:
    x = NewTensor.from_numpy(POINTS)
    f = lambda x: polynomial(x).sum()  # noqa: E731
    for run in (
        lambda: hessian(f, x),
        lambda: hvp(f, x, x),
        lambda: grad(grad(f))(x),
        lambda: jvp(polynomial, x, x, create_graph=True),
    ):
        with pytest.raises(HigherOrderError, match="first order only"):
            run()


# ------------------------------------------------------------- mistakes

X = light.tensor([1.0, 2.0])
square = lambda x: x * x  # noqa: E731
total = lambda x: (x * x).sum()  # noqa: E731

CONSTANT = light.ones(3, requires_grad=False)
MISTAKES = {
    "not_a_number": (lambda: grad(square)(X), ShapeError, r"single number, not shape \(2,\)"),
    "hessian_shape": (lambda: hessian(square, X), ShapeError, "hessian: .*jacobian"),
    "hvp_shape": (lambda: hvp(square, X, X), ShapeError, "hvp: the function must return a single"),
    "nothing": (lambda: grad(lambda x: None)(X), DtypeError, "returned nothing; does it lack"),
    "nothing_vjp": (lambda: vjp(lambda x: None, X), DtypeError, "vjp: .*returned nothing"),
    "pair": (lambda: grad(lambda x: (x, x))(X), DtypeError, "must return one tensor, not tuple"),
    "float": (lambda: grad(lambda x: 2.0)(X), DtypeError, "must return one tensor, not float"),
    "array": (lambda: vjp(lambda x: x.numpy(), X, X), DtypeError, "but output is ndarray"),
    "within": (lambda: jacobian(lambda x: {"a": 1}, X), DtypeError, r"output\['a'\] is int"),
    "whole": (lambda: jacobian(lambda x: x.long(), X), DtypeError, "dtype int64, which has no"),
    "input": (lambda: grad(total)([X, 3]), DtypeError, r"input 0\[1\] must be a tensor.* int;"),
    "array_in": (lambda: grad(total)(np.ones(2)), DtypeError, "input 0 .*not ndarray; make a"),
    "key": (lambda: vjp(total, {"w": "x"}), DtypeError, r"input 0\['w'\] must be a tensor"),
    "integer": (lambda: grad(total)(light.arange(3)), DtypeError, r"input 0 \(shape \(3,\)\).*int"),
    "empty": (lambda: grad(total)({}), BackwardError, "no tensor to differentiate"),
    "no_args": (lambda: jacobian(total, ()), BackwardError, "no tensor to differentiate"),
    "place": (lambda: grad(total, 1)(X), ArgumentError, "has 1, .* 1 positional argument;"),
    "keyword": (lambda: grad(total)(x=X), ArgumentError, "cannot be passed by keyword"),
    "twice": (lambda: grad(total, (0, -1))(X), ArgumentError, r"argnums \(0, -1\) has .* once"),
    "argnums": (lambda: grad(total, "x")(X), DtypeError, "argnums must be an int"),
    "aux": (lambda: grad(total, has_aux=True)(X), DtypeError, r"return \(value, anything\)"),
    "function": (lambda: jvp(X, X, X), DtypeError, "must be a function, not CpuTensor"),
    "no_v": (lambda: vjp(square, X), ArgumentError, r"returns shape \(2,\), so a vector v"),
    "no_v_jvp": (lambda: jvp(square, X), ArgumentError, "inputs of shape"),
    "v_shape": (lambda: jvp(square, X, light.ones(3)), ShapeError, r"v has shape \(3,\), but"),
    "v_kind": (lambda: vjp(square, X, 1.0), DtypeError, r"v must be a tensor of shape \(2,\)"),
    "v_count": (
        lambda: jvp(lambda a, b: a * b, (X, X), X),
        ArgumentError,
        "v must be a tuple of 2, not CpuTensor",
    ),
    "v_length": (
        lambda: jvp(lambda a, b: a * b, (X, X), (X,)),
        ArgumentError,
        "v must be a tuple of 2, not tuple of 1",
    ),
    "v_keys": (
        lambda: hvp(lambda p: total(p["a"]), {"a": X}, {"b": X}),
        ArgumentError,
        r"keys \['a'\], not dict with \['b'\]",
    ),
    "strict": (
        lambda: jacobian(lambda a, b: a * 2, (X, X), strict=True),
        BackwardError,
        "jacobian: the derivative does not depend on input 1",
    ),
    "strict_output": (
        lambda: vjp(lambda x: (x * x, CONSTANT), X, (X, X), strict=True),
        BackwardError,
        r"vjp: output\[1\] of the function depends on no input",
    ),
    "strict_output_jvp": (
        lambda: jvp(lambda x: (x * x, CONSTANT), X, X, strict=True),
        BackwardError,
        r"jvp: output\[1\] of the function depends on no input",
    ),
    "strict_vjp": (
        lambda: vjp(lambda p: total(p["a"]), {"a": X, "b": X}, strict=True),
        BackwardError,
        r"input 0\['b'\]",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    run, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        run()


# ------------------------------------------------------------- numeric and analytic


def test_jacobians_numeric_and_analytic() -> None:
    args = ours((MATRIX, VECTOR), True)
    expected = theirs.jacobian(several_valued, torchs((MATRIX, VECTOR)))
    analytic = light.autograd.analytic_jacobian(several_valued, args)
    numeric = light.autograd.numeric_jacobian(several_valued, args)
    for o in range(2):
        for i in range(2):
            np.testing.assert_allclose(analytic[o][i], expected[o][i].numpy(), rtol=1e-12)
            np.testing.assert_allclose(numeric[o][i], expected[o][i].numpy(), 1e-6, 1e-8)
    x = ours(VECTOR, True)
    single = light.autograd.analytic_jacobian(lambda x: x**3, x)
    np.testing.assert_allclose(single, np.diag(3 * VECTOR**2), rtol=1e-12)
    wide = light.autograd.numeric_jacobian(lambda x: x**3, x, eps=0.5)
    np.testing.assert_allclose(wide, np.diag(3 * VECTOR**2 + 0.25), rtol=1e-12)


def test_a_planted_error_of_one_percent_is_caught() -> None:
    class cubed(Function):
        def forward(ctx, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        def backward(ctx, grad: Any) -> Any:
            (x,) = ctx.get_saved_tensors()
            return grad * x * x * light.tensor([3.0, 3.0, 3.03, 3.0], dtype=light.float64)

    x = ours(np.array([1.0, -0.5, 2.0, 0.3]), True)
    with pytest.raises(GradcheckError) as caught:
        light.autograd.gradcheck(cubed.apply, x)
    text = str(caught.value)
    assert "output 0 with respect to input 0 (shape (4,)) is wrong in 1 of 16" in text
    assert "at index (2, 2) (output axes first), where the input is 2: analytic 12.12" in text
    assert "difference 0.12 or 1.00%" in text
    assert light.autograd.gradcheck(cubed.apply, x, raise_exception=False) is False
    analytic = light.autograd.analytic_jacobian(cubed.apply, x)
    numeric = light.autograd.numeric_jacobian(cubed.apply, x)
    ratio = np.diag(analytic) / np.diag(numeric)
    np.testing.assert_allclose(ratio, [1, 1, 1.01, 1], rtol=1e-6)


def test_the_worst_of_several_pairs_is_shown() -> None:
    class off(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            return a + b

        def backward(ctx, grad: Any) -> Any:
            return grad * 1.01, grad * 1.5

    with pytest.raises(GradcheckError, match="respect to input 1 .*50.00%.*; 1 other pairs"):
        light.autograd.gradcheck(off.apply, (ours(VECTOR, True), ours(VECTOR, True)))
