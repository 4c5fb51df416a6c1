"""Derivatives of functions: what is recorded, and on which backends they run."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import functional
from lightgrad.autograd.functional import grad, hessian, hvp, jacobian, jvp, vjp
from lightgrad.autograd.ops import arithmetic, creation
from lightgrad.errors import (
    HigherOrderError,
)
from tests.new_accelerator import NewTensor

# torch's own forward mode warns about itself when it is first used
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


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
_ruled(creation.fill, lambda a, value: np.full(a.shape, value))


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
        lambda: grad(lambda x: grad(f)(x).sum())(x),
        lambda: jvp(polynomial, x, x, create_graph=True),
    ):
        with pytest.raises(HigherOrderError, match="first order only"):
            run()
