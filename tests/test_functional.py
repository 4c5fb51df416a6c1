"""Derivatives of functions, against torch.func and torch.autograd.functional."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad import nn
from lightgrad.autograd.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tests.functional_cases import MATRIX, VECTOR, normal, ours, several_valued, theirs, torchs

# torch's own forward mode warns about itself when it is first used
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


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


def vector_valued(a: Any, b: Any) -> Any:
    return (a @ b).tanh() * b[0]


def number_valued(a: Any, b: Any) -> Any:
    return ((a * b).sigmoid() ** 2).sum() * a[0, 0]


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
