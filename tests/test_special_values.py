"""Infinite and missing numbers, in what comes in and in the gradient that comes back."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import lightgrad as light
from lightgrad.autograd import grad
from tests.helpers import leaf

X = [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 0.5, -2.5, 20.5, -20.5, 90.0, -80.0, 1e4, -1e4, 3e38, -3e38]


def _both(x: Any, mine: Any, theirs: Any, g: float) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of the two libraries where g comes back for each result."""
    t, u = leaf(x), torch.tensor(x, dtype=torch.float32, requires_grad=True)
    y, v = mine(t), theirs(u)
    y.backward(leaf(np.full(y.shape, g), requires_grad=False))
    v.backward(torch.full(v.shape, g))
    return t.grad.numpy(), u.grad.numpy()


def _named(name: str, *args: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return lambda t: getattr(t, name)(*args), lambda u: getattr(F, name)(u, *args)


CALLS = {
    "x ** 0": (lambda t: t**0, lambda u: u**0),
    "x ** zeros": (lambda t: t ** (t.detach() * 0), lambda u: u ** (u.detach() * 0)),
    **{n: _named(n) for n in ("hardswish", "mish", "softplus", "logsigmoid", "relu6", "relu")},
    "softplus by 2": _named("softplus", 2.0, 5.0),
}


@pytest.mark.parametrize("g", [0.0, -2.0, inf, nan])
@pytest.mark.parametrize("name", CALLS)
def test_any_gradient_comes_back_as_in_torch(every_backend: Any, name: str, g: float) -> None:
    found, right = _both(X, *CALLS[name], g)
    np.testing.assert_allclose(found, right, rtol=2e-6, atol=1e-37)


def test_the_tail_of_a_slope_keeps_its_digits(every_backend: Any) -> None:
    """1 / (1 + e^90) is zero in float32 where e^-90 is not."""
    x = [-80.0, -86.0, -87.0]
    for name in ("softplus", "mish"):
        t, u = leaf(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
        getattr(t, name)().sum().backward()
        getattr(F, name)(u).sum().backward()
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-5, err_msg=name)
    t = leaf([89.0, 90.0])
    t.logsigmoid().backward(leaf([1e4, 1e4], requires_grad=False))
    np.testing.assert_allclose(t.grad.numpy(), 1e4 * np.exp([-89.0, -90.0]), rtol=1e-3)


@pytest.mark.parametrize("g", [-2.0, inf, nan])
@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0], [3.0, 3.0, 1.0], [inf, inf, -1.0], [nan, 1.0, 2.0]])
def test_extremes_send_any_gradient_only_to_their_places(
    every_backend: Any, name: str, x: list[float], g: float
) -> None:
    whole = _both(x, lambda t: getattr(t, name)(), lambda u: getattr(u, name)(), g)
    np.testing.assert_array_equal(*whole)
    # torch's own amax makes NaN of the places that are not the largest
    found, _ = _both(x, lambda t: getattr(t, f"a{name}")(), lambda u: getattr(u, name)(), g)
    np.testing.assert_array_equal(found, whole[1])


@pytest.mark.parametrize("n", [1, 64])
def test_the_gradient_at_nan(every_backend: Any, n: int) -> None:
    """As in torch; where that depends on the place in memory, it passes as in its plain loop."""
    right = {"leaky_relu": 0.02, "hardtanh": 2.0, "relu6": 2.0, "relu": 2.0}
    right |= {"softplus": nan, "elu": nan, "celu": nan, "selu": nan, "hardswish": nan, "gelu": nan}
    for name, expected in right.items():
        t = leaf(np.full(n, nan))
        getattr(t, name)().backward(leaf(np.full(n, 2.0), requires_grad=False))
        np.testing.assert_allclose(t.grad.numpy(), np.full(n, expected), 1e-6, err_msg=name)


@pytest.mark.parametrize("g", [1.0, inf, nan])
@pytest.mark.parametrize("slope", [0.25, inf, nan])
def test_prelu_chooses_its_side(every_backend: Any, slope: float, g: float) -> None:
    x = [1.0, -1.0, 0.0, inf, -inf, nan, 3e38]
    t, w = leaf([x]), leaf([slope] * 7)
    u, v = (torch.tensor(a, requires_grad=True) for a in ([x], [slope] * 7))
    y, z = t.prelu(w), F.prelu(u, v)
    np.testing.assert_array_equal(y.numpy(), z.detach().numpy())
    y.backward(leaf(np.full((1, 7), g), requires_grad=False))
    z.backward(torch.full((1, 7), g))
    np.testing.assert_array_equal(t.grad.numpy(), u.grad.numpy())
    np.testing.assert_array_equal(w.grad.numpy(), v.grad.numpy())


@pytest.mark.parametrize("both", [False, True])
def test_a_bound_that_is_nan_is_seen(every_backend: Any, both: bool) -> None:
    x, low = [1.0, nan, -2.0, 5.0, nan, -1.0], [nan, 1.0, 0.0, 0.0, nan, -1.0]
    t, b = leaf(x), leaf(low)
    u, c = (torch.tensor(a, requires_grad=True) for a in (x, low))
    y = t.clamp(b, 3.0) if both else t.clamp(min=b)
    z = u.clamp(c, torch.tensor(3.0)) if both else u.clamp(min=c)
    np.testing.assert_array_equal(y.numpy(), z.detach().numpy())
    y.sum().backward()
    z.sum().backward()
    np.testing.assert_array_equal(t.grad.numpy(), u.grad.numpy())
    np.testing.assert_array_equal(b.grad.numpy(), c.grad.numpy())


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_lerp_starts_from_the_nearer_end(every_backend: Any, weight: float) -> None:
    a, b = [1e8, -3.0, 16777216.0, 7.0], [1.0, 2.5e7, 0.1, 7.0]
    t, s = leaf(a), leaf(b)
    u, v = (torch.tensor(x, requires_grad=True) for x in (a, b))
    for given in (weight, leaf([weight] * 4, requires_grad=False)):
        y = t.lerp(s, given)
        z = u.lerp(v, weight if given is weight else torch.tensor([weight] * 4))
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-6)
        t.grad = s.grad = u.grad = v.grad = None
        y.sum().backward()
        z.sum().backward()
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-6)
        np.testing.assert_allclose(s.grad.numpy(), v.grad.numpy(), rtol=1e-6)


@pytest.mark.parametrize("size", [1e-30, 1e-18, 1.0, 1e18, 1e30])
def test_the_square_inside_std_neither_overflows_nor_vanishes(
    every_backend: Any, size: float
) -> None:
    x = np.array([[1.0, 3.0, 0.0, 0.5], [2.0, 2.0, 2.0, 2.0]]) * size
    t = leaf(x)
    u = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    for keepdim in (False, True):
        y, z = t.std(1, keepdim=keepdim), u.std(1, keepdim=keepdim)
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-6)
        t.grad = u.grad = None
        y.sum().backward()
        z[0].sum().backward()
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize("g", [-2.0, inf, nan])
@pytest.mark.parametrize("stride", [1, 2])
def test_pooling_sends_any_gradient_only_to_the_largest(
    every_backend: Any, stride: int, g: float
) -> None:
    x = [[[1.0, 2.0, 2.0, -inf, 5.0, 0.0, nan, 1.0]]]
    found, right = _both(
        x, lambda t: t.max_pool1d(2, stride), lambda u: F.max_pool1d(u, 2, stride), g
    )
    np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize("g", [inf, nan])
def test_what_a_mask_leaves_out_takes_no_part(every_backend: Any, g: float) -> None:
    """Whatever gradient comes back there: zero times infinity would be NaN."""
    t, value = leaf([1.0, 2.0]), leaf(3.0)
    y = t.masked_fill(leaf([True, False], "bool", False), value)
    y.backward(leaf([2.0, g], requires_grad=False))
    np.testing.assert_array_equal(t.grad.numpy(), [0.0, g])
    assert value.grad.item() == 2.0

    t, target = leaf([[1.0, 2.0], [3.0, 1.0]]), leaf([0, -100], "int64", False)
    t.cross_entropy(target, reduction="none").backward(leaf([0.0, g], requires_grad=False))
    np.testing.assert_array_equal(t.grad.numpy(), np.zeros((2, 2)))

    x, weight = leaf([[1.0]]), leaf([[1.0], [-1.0]])
    y = x.rnn_relu_cell(leaf([[0.0, 0.0]]), weight, leaf(np.zeros((2, 2))))
    y.backward(leaf([[2.0, g]], requires_grad=False))
    assert x.grad.item() == 2.0


S = [0.0, 1.0, -2.5, 3.0, 1e30, -3e38]
PAIRED = {
    "huber_loss": lambda x, y, f: f.huber_loss(x, y, "none", 1.5),
    "smooth_l1_loss": lambda x, y, f: f.smooth_l1_loss(x, y, reduction="none", beta=2.0),
    "bce_with_logits": lambda x, y, f: f.binary_cross_entropy_with_logits(
        x, y, reduction="none", pos_weight=y.detach() * 0 + 0.5
    ),
    "lerp": lambda x, y, f: x.lerp(y, 0.25),
    "lerp from the end": lambda x, y, f: x.lerp(y, 0.75),
    "lerp by each": lambda x, y, f: x.lerp(y, y.detach() * 0 + 0.75),
    "fmod": lambda x, y, f: x.fmod(y),
    "remainder": lambda x, y, f: x.remainder(y),
}


@pytest.mark.parametrize("name", PAIRED)
def test_any_gradient_comes_back_to_both_as_in_torch(every_backend: Any, name: str) -> None:
    x, y = (np.ravel(a).astype("f4") for a in np.meshgrid(S, S))
    call = PAIRED[name]
    for g in (0.0, -2.0, inf, nan):
        t, s = leaf(x), leaf(y)
        u, v = (torch.tensor(a, requires_grad=True) for a in (x, y))
        out, right = call(t, s, light), call(u, v, F)
        np.testing.assert_allclose(out.numpy(), right.detach().numpy(), rtol=1e-6)
        out.backward(leaf(np.full(x.shape, g), requires_grad=False))
        right.backward(torch.full(x.shape, g))
        for found, expected in ((t.grad, u.grad), (s.grad, v.grad)):
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6, err_msg=f"{g}")


@pytest.mark.parametrize("g", [-2.0, inf, nan])
@pytest.mark.parametrize("x", [[2.0, 0.0, 3.0, 0.0, 5.0], [0.0, 0.0, 1.0, 1.0, 1.0], [0.5] * 5])
def test_nothing_comes_back_past_a_zero_of_a_product(
    every_backend: Any, x: list[float], g: float
) -> None:
    for product in (lambda t: t.cumprod(0), lambda t: t.prod()):
        np.testing.assert_array_equal(*_both(x, product, product, g))


@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
def test_no_gradient_comes_back_to_what_is_ignored(every_backend: Any, reduction: str) -> None:
    x, chosen = np.array([[1.0, 2.0, 4.0], [0.5, 0.5, -1.0], [1.0, 0.0, 1.0]]), [1, -100, 2]
    c = type(leaf(x)).from_numpy(np.array(chosen), requires_grad=False)
    for g in (1.0, inf, nan):
        found, right = _both(
            x,
            lambda t: t.cross_entropy(c, reduction=reduction),
            lambda u: F.cross_entropy(u, torch.tensor(chosen), reduction=reduction),
            g,
        )
        # at the classes themselves torch's is a difference of infinities
        np.testing.assert_allclose(np.where(np.isnan(right), nan, found), right, rtol=1e-6)


@pytest.mark.parametrize("name", ["hardswish", "hardsigmoid"])
def test_pieces_have_slope_and_curvature_wherever_torch_has(every_backend: Any, name: str) -> None:
    x = [nan, inf, -inf, 3.0, -3.0, 2.9, -0.5, 0.0, 4.0][name == "hardswish" :]
    for g in (-2.0, inf):
        found, right = _both(x, *_named(name), g)
        np.testing.assert_allclose(found, right, rtol=1e-6)
    if name == "hardsigmoid":  # of which torch has no second derivative
        return
    t, u = leaf(x), torch.tensor(x, requires_grad=True)
    (g,) = grad(t.hardswish().sum(), t, create_graph=True)
    (h,) = torch.autograd.grad(F.hardswish(u).sum(), u, create_graph=True)
    g.backward(leaf(np.full(len(x), inf), requires_grad=False))
    h.backward(torch.full(u.shape, inf))
    np.testing.assert_array_equal(t.grad.numpy(), u.grad.numpy())


def test_spread_of_the_largest_numbers(every_backend: Any) -> None:
    x = [[3e38, -3e38, 0.0, 1.0], [3e38, 3e38, 3e38, 3e38], [3e38, 2e38, 1e38, 3e38]]
    wide = np.array(x)
    np.testing.assert_allclose(leaf(x).std(1).numpy(), wide.std(1, ddof=1), rtol=1e-5)
    np.testing.assert_array_equal(leaf(x).var(1).numpy(), [inf, 0.0, inf])


def test_second_derivatives_of_cross_entropy_at_the_ends(every_backend: Any) -> None:
    """There 1e-12 is added to 1 - x, which float32 must not lose beside the 1."""
    x, y = [0.0, 0.0, 0.5, 1.0, 1.0], [0.25, 1.0, 0.75, 0.25, 0.0]
    t, u = leaf(x), torch.tensor(x, requires_grad=True)
    loss = t.binary_cross_entropy(leaf(y, requires_grad=False), reduction="sum")
    right = F.binary_cross_entropy(u, torch.tensor(y), reduction="sum")
    (g,) = grad(loss, t, create_graph=True)
    (h,) = torch.autograd.grad(right, u, create_graph=True)
    (found,), (expected,) = grad(g.sum(), t), torch.autograd.grad(h.sum(), u)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5)


@pytest.mark.parametrize("target", [1.0, -1.0])
def test_cosine_embedding_loss_of_zeros(every_backend: Any, target: float) -> None:
    """At a zero vector the gradient is that of 1e-12 added to the square of the length."""
    y = np.array([[1.0, -2.0, 2.0], [0.0, 0.0, 0.0]])
    t, v = leaf(np.zeros((2, 3))), leaf(y)
    loss = t.cosine_embedding_loss(v, leaf([target] * 2, requires_grad=False), -0.5, "sum")
    (first,) = grad(loss, t, create_graph=True)
    np.testing.assert_allclose(first.numpy(), -target * 1e6 * y / 3, rtol=1e-6)
    (second,) = grad((first * y).sum(), v)  # what of y stands across v
    np.testing.assert_allclose(second.numpy(), np.zeros((2, 3)), atol=0.1)
