"""Second and third derivatives, and ``grad``."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import (
    grad,
)
from lightgrad.errors import (
    BackwardError,
)
from tests.helpers import equal, leaf

pytestmark = pytest.mark.usefixtures("every_backend")

# ----------------------------------------------------------------- higher derivatives


FUNCTIONS = {
    "x^4": (
        lambda x: x**4,
        [lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x, lambda x: 24 + 0 * x],
    ),
    "x*x*x*x": (
        lambda x: x * x * x * x,
        [lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x, lambda x: 24 + 0 * x],
    ),
    "tanh": (
        lambda x: x.tanh(),
        [
            lambda x: 1 / np.cosh(x) ** 2,
            lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2,
            lambda x: (4 * np.tanh(x) ** 2 - 2 / np.cosh(x) ** 2) / np.cosh(x) ** 2,
        ],
    ),
    "sin": (
        lambda x: x.sin(),
        [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin],
    ),
    "exp": (lambda x: (x * 2).exp(), [lambda x, n=n: 2**n * np.exp(2 * x) for n in (1, 2, 3)]),
    "1/x": (
        lambda x: 1 / x,
        [lambda x: -1 / x**2, lambda x: 2 / x**3, lambda x: -6 / x**4],
    ),
    "sigmoid": (
        lambda x: x.sigmoid(),
        [
            lambda x: s(x) * (1 - s(x)),
            lambda x: s(x) * (1 - s(x)) * (1 - 2 * s(x)),
            lambda x: s(x) * (1 - s(x)) * (1 - 6 * s(x) + 6 * s(x) ** 2),
        ],
    ),
}


def s(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_against_closed_forms(name: str) -> None:
    fn, derivatives = FUNCTIONS[name]
    values = np.array([-1.3, 0.4, 2.0])
    x = leaf(values, "float64")
    y = fn(x)
    for derivative in derivatives:
        (y,) = grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(y.numpy(), derivative(values), rtol=1e-9)


def test_create_graph_in_backward() -> None:
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    assert x.grad.requires_grad
    first = x.grad
    equal(first, 27.0)
    x.zero_grad()
    first.backward()
    equal(x.grad, 18.0)


def test_mixed_second_derivative() -> None:
    x, y = leaf(2.0, "float64"), leaf(0.5, "float64")
    z = (x * y).exp()
    (dx,) = grad(z, x, create_graph=True)
    (dxdy,) = grad(dx, y)
    equal(dxdy, math.exp(1.0) * (1 + 1.0), 1e-12)


def test_gradient_penalty() -> None:
    """The gradient of a norm of a gradient, as torch has it."""
    w0, x0 = np.array([[0.3, -0.2], [0.5, 0.1]]), np.array([1.0, -2.0])
    results = []
    for make, derive in (
        (lambda a: leaf(a, "float64"), grad),
        (lambda a: torch.tensor(a, requires_grad=True), torch.autograd.grad),
    ):
        w, x = make(w0), make(x0)
        y = (w * x).tanh().sum()
        (g,) = derive(y, x, create_graph=True)
        loss = (g * g).sum() + y
        loss.backward()
        results.append((w.grad, x.grad))
    for ours, theirs in zip(*results, strict=True):
        equal(ours, theirs.numpy(), 1e-10)


def test_gradient_without_create_graph_is_outside_the_graph() -> None:
    x = leaf(3.0)
    (g,) = grad(x**3, x)
    assert not g.requires_grad
    (x**3).backward()
    assert not x.grad.requires_grad


# ----------------------------------------------------------------- grad()


def test_grad_touches_no_grad_attribute() -> None:
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    gx, gw = grad((x * w).sum(), (x, w))
    equal(gx, [3.0, 4.0])
    equal(gw, [1.0, 2.0])
    assert x.grad is None and w.grad is None


def test_grad_of_unused_input() -> None:
    x, other = leaf(1.0), leaf([1.0, 2.0])
    with pytest.raises(BackwardError, match=r"shape \(2,\) was not used.*allow_unused=True"):
        grad(x * 2, (x, other))
    found = grad(x * 2, (x, other), allow_unused=True)
    equal(found[0], 2.0)
    assert found[1] is None


def test_grad_with_output_gradients() -> None:
    x = leaf([1.0, 2.0, 3.0])
    y = x * x
    (g,) = grad(y, x, leaf([1.0, 0.0, -1.0], requires_grad=False), retain_graph=True)
    equal(g, [2.0, 0.0, -6.0])
    (g,) = grad(y, x, np.array([0.0, 1.0, 0.0], np.float32))
    equal(g, [0.0, 4.0, 0.0])


def test_grad_of_several_outputs() -> None:
    x = leaf([1.0, 2.0])
    a, b = x * 3, (x * x).sum()
    (g,) = grad([a, b], [x], [leaf([1.0, 10.0], requires_grad=False), None])
    equal(g, [3 + 2.0, 30 + 4.0])
    with pytest.raises(BackwardError, match="2 outputs but 1 grad_outputs"):
        grad([x * 3, x * 2], x, [leaf([1.0, 1.0])])


def test_grad_with_respect_to_non_leaf_and_leaf() -> None:
    x = leaf(2.0)
    h = x * x
    y = h * h * x
    dh, dx = grad(y, (h, x))
    equal(dh, 2 * 4 * 2)
    equal(dx, 5 * 16)


def test_grad_of_the_output_itself() -> None:
    x = leaf(2.0)
    y = x * 3
    (g,) = grad(y, y)
    equal(g, 1.0)
    (g,) = grad(x, x)
    equal(g, 1.0)


def test_grad_same_input_twice() -> None:
    x = leaf(2.0)
    a, b = grad(x * x, (x, x))
    equal(a, 4.0)
    equal(b, 4.0)


def test_grad_wants_inputs_that_require_gradients() -> None:
    x, fixed = leaf(2.0), leaf(1.0, requires_grad=False)
    with pytest.raises(BackwardError, match="does not require gradients.*requires_grad_"):
        grad(x * fixed, fixed)


def test_grad_leaves_other_branches_alone() -> None:
    """What does not lead to an input is not even computed."""
    x, other = leaf(2.0), leaf(3.0)
    calls = []
    side = other * 2
    side.register_hook(lambda g: calls.append(1))
    grad((x * 2) * side, x)
    assert not calls


# ----------------------------------------------------------------- at the edges


def test_mixed_derivative_of_a_power_at_exponent_zero() -> None:
    """d2 a^b / da db = 1/a at b = 0, whichever comes first."""
    a, b = leaf(2.0), leaf(0.0)
    da, db = grad(a**b, (a, b), create_graph=True)
    assert grad(da, b, retain_graph=True)[0].item() == pytest.approx(0.5)
    assert grad(db, a)[0].item() == pytest.approx(0.5)


def test_fmod_has_no_curvature() -> None:
    a, b = leaf(5.0), leaf(3.0)
    _, db = grad(a.fmod(b), (a, b), create_graph=True)
    assert db.item() == -1.0
    assert not db.requires_grad or grad(db, a, allow_unused=True)[0] in (None, 0.0)


@pytest.mark.parametrize("name", ["elu", "celu", "selu"])
def test_curvature_at_the_corner_is_that_of_torch(name: str) -> None:
    x, y = leaf([0.0, -0.5]), torch.tensor([0.0, -0.5], requires_grad=True)
    ours = grad(getattr(x, name)().sum(), x, create_graph=True)[0]
    total = getattr(torch.nn.functional, name)(y).sum()
    (theirs,) = torch.autograd.grad(total, y, create_graph=True)
    found = grad(ours.sum(), x)[0].numpy()
    np.testing.assert_allclose(found, torch.autograd.grad(theirs.sum(), y)[0].numpy(), rtol=1e-5)


@pytest.mark.parametrize("name", ["silu", "softplus", "logsigmoid", "mish", "gelu"])
def test_curvature_of_smooth_activations(name: str) -> None:
    points = [-4.0, -1.0, -0.1, 0.0, 0.3, 2.0, 6.0]
    x, y = leaf(points), torch.tensor(points, requires_grad=True)
    ours = grad(getattr(x, name)().sum(), x, create_graph=True)[0]
    total = getattr(torch.nn.functional, name)(y).sum()
    (theirs,) = torch.autograd.grad(total, y, create_graph=True)
    found = grad(ours.sum(), x)[0].numpy()
    expected = torch.autograd.grad(theirs.sum(), y)[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_the_largest_of_values_with_nan_sends_its_gradient_to_the_nan() -> None:
    import lightgrad as light

    for op in ("max", "min"):
        x = light.tensor([1.0, float("nan"), 3.0, float("nan")])
        getattr(x, op)().backward()
        assert x.grad.tolist() == [0.0, 0.5, 0.0, 0.5]


# ----------------------------------------------------------------- kinks, ties and residual 0

POINTS = np.array([0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 3.0, 6.0])
SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
TARGETS = np.array([0.0, 0.0, -1.0, 0.5, -0.5, 1.0, -3.0, 4.0, 0.0])
FLAT = np.array([0.1, 0.1, 0.1, 0.7, 0.7, 0.7, 1.0, 2.0, 4.0])

#: f(functional, tensor of POINTS, make), the orders up to which torch differentiates it, and
#: other points
KINKS: dict[str, Any] = {
    "relu": (lambda F, x, c: F.relu(x), 4),
    "relu x": (lambda F, x, c: F.relu(x) * x, 4),
    "hinge": (lambda F, x, c: F.relu(1 - x * c(SIGNS)), 4),
    "relu6": (lambda F, x, c: F.relu6(x), 2),
    "leaky_relu": (lambda F, x, c: F.leaky_relu(x, 0.1), 2),
    "hardtanh": (lambda F, x, c: F.hardtanh(x), 2),
    "prelu": (lambda F, x, c: F.prelu(x, c([0.25])), 2),
    "softshrink": (lambda F, x, c: F.softshrink(x), 2),
    "hardshrink": (lambda F, x, c: F.hardshrink(x), 2),
    "elu": (lambda F, x, c: F.elu(x), 3),
    "abs": (lambda F, x, c: x.abs(), 2),
    "abs x": (lambda F, x, c: x.abs() * x, 3),
    "max_pool1d": (lambda F, x, c: F.max_pool1d(x.reshape(1, 1, 9), 3), 2),
    "square": (lambda F, x, c: x.square(), 3),
    "pow 2": (lambda F, x, c: x**2, 3),
    "pow 3": (lambda F, x, c: x**3, 4),
    "remainder": (lambda F, x, c: c(POINTS) % x, 2, POINTS[1:]),
    "fmod": (lambda F, x, c: c(POINTS).fmod(x), 2, POINTS[1:]),
    "l1": (lambda F, x, c: F.l1_loss(x, c(TARGETS), reduction="none"), 2),
    "mse": (lambda F, x, c: F.mse_loss(x, c(TARGETS), reduction="none"), 2),
    "huber": (lambda F, x, c: F.huber_loss(x, c(TARGETS), reduction="none", delta=0.5), 2),
    "smooth_l1": (lambda F, x, c: F.smooth_l1_loss(x, c(TARGETS), reduction="none"), 2),
    "smooth_l1 2": (lambda F, x, c: F.smooth_l1_loss(x, c(TARGETS), beta=2.0), 2),
    "hinge_embedding": (lambda F, x, c: F.hinge_embedding_loss(x, c(SIGNS)), 1),
    "bce 0": (lambda F, x, c: F.binary_cross_entropy(x, x.detach() * 0), 2, [0.0, 0.5, 0.25]),
    "bce 1": (lambda F, x, c: F.binary_cross_entropy(x, x.detach() * 0 + 1), 2, [1.0, 0.5]),
    "bce between": (lambda F, x, c: F.binary_cross_entropy(x, c([0.3, 0.9])), 3, [0.2, 0.5]),
    "std of constants": (lambda F, x, c: x.reshape(3, 3).std(1), 3, FLAT),
    "var of constants": (lambda F, x, c: x.reshape(3, 3).var(1), 2, FLAT),
}


@pytest.mark.parametrize("name", KINKS)
def test_derivatives_at_kinks_are_torchs(name: str, every_backend: Any) -> None:
    fn, orders, *points = KINKS[name]
    values = np.asarray(points[0] if points else POINTS)
    count = len(values)
    fixed = [
        lambda a: leaf(np.asarray(a)[-count:], "float64", requires_grad=False),
        lambda a: torch.tensor(np.asarray(a)[-count:]),
    ]
    found: list[list[Any]] = []
    for make, F, derive, x in (
        (fixed[0], light.nn.functional, grad, leaf(values, "float64")),
        (fixed[1], torch.nn.functional, torch.autograd.grad, torch.tensor(values).requires_grad_()),
    ):
        y, results = fn(F, x, make), []
        for _ in range(orders):
            weight = make(np.arange(1.0, y.numel() + 1)).reshape(y.shape)
            (y,) = derive((y * weight).sum(), x, create_graph=True)
            results.append(y.detach())
        found.append(results)
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(force=True), 1e-9, 1e-9)


@pytest.mark.parametrize("value", [0.1, 0.7, 1e8, -3.3, 0.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("dims", [None, 0, 1, (0, 1)])
def test_the_deviation_of_a_constant_is_zero(
    value: float, dtype: str, dims: Any, every_backend: Any
) -> None:
    x = leaf(np.full((7, 3), value), dtype)
    y = x.std(dims)
    assert not y.numpy().any() and not x.var(dims).numpy().any()
    (first,) = grad(y.sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x)
    assert not first.numpy().any() and not second.numpy().any()


def test_deviations_as_torch_has_them(every_backend: Any) -> None:
    rng = np.random.default_rng(0)
    for shape, dims in (((5, 4), 1), ((5, 4), 0), ((4, 1, 3), (0, 2)), ((6,), None), ((0, 2), 0)):
        a = rng.standard_normal(shape) * 3 + 100
        x, t = leaf(a, "float64"), torch.tensor(a, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # both warn of nothing to take a deviation of
            y, z = x.std(dims), t.std(dims)
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-12)
        if a.size:
            y.sum().backward()
            z.sum().backward()
            np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-10, atol=1e-13)


def test_a_penalty_reaches_biases_with_zeros_as_in_torch(every_backend: Any) -> None:
    """Zeros, not None: an optimizer's momentum and decay go on."""
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(s) for s in ((3, 4), (4, 2), (2,), (2, 1))]
    found = []
    for make, derive in (
        (lambda a: leaf(a, "float64"), grad),
        (lambda a: torch.tensor(a, requires_grad=True), torch.autograd.grad),
    ):
        x, w, b, v = (make(a) for a in arrays)
        y = ((x @ w + b).relu() @ v).sum()
        (g,) = derive(y, x, create_graph=True)
        (g * g).sum().backward()
        found.append([t.grad.tolist() for t in (w, b, v)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)
