"""Slopes where functions are flat: exactly zero there, whatever they are multiplied with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lightgrad.autograd import AbstractTensor, CpuTensor, grad
from tests.backends import NAMES, backend

LARGE = (9.5, 20.0, 44.0, 89.0, 1e3, 1e7, 1e12, 1e18, 1e30, 1e38)
X = np.array([*LARGE, *(-a for a in LARGE), 0.5, -0.5, math.inf, -math.inf])

#: name -> the function of either library; each is flat, or straight, far from zero
FUNCTIONS: dict[str, Any] = {
    name: lambda t, name=name: getattr(t if isinstance(t, AbstractTensor) else torch, name)(
        *(() if isinstance(t, AbstractTensor) else (t,))
    )
    for name in ("tanh", "sigmoid", "erf", "relu")
}


def _functional(name: str, *args: Any, **kwargs: Any) -> Any:
    def call(t: Any) -> Any:
        if isinstance(t, AbstractTensor):
            return getattr(t, name)(*args, **kwargs)
        return getattr(F, name)(t, *args, **kwargs)

    return call


for _name in [
    "celu",
    "elu",
    "gelu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "logsigmoid",
    "mish",
    "relu6",
    "selu",
    "silu",
    "softplus",
    "softshrink",
    "softsign",
    "tanhshrink",
]:
    FUNCTIONS[_name] = _functional(_name)
FUNCTIONS["gelu tanh"] = _functional("gelu", approximate="tanh")
FUNCTIONS["x tanh x"] = lambda t: t * t.tanh()
FUNCTIONS["softplus 2"] = _functional("softplus", 2.0)

#: each compiles several kernels: in float64 those whose text depends on the dtype, and a few more
DOUBLE = ("tanh", "sigmoid", "erf", "mish", "gelu", "gelu tanh", "softplus")


@pytest.mark.parametrize(
    "device, name, dtype",
    [
        (d, n, t)
        for d in NAMES
        for n in FUNCTIONS
        for t in ("float32", "float64")
        if t == "float32" or d == "cpu" or n in DOUBLE
    ],
)
def test_far_out(device: str, name: str, dtype: str) -> None:
    """Value, slope and curvature, wherever torch's in float64 are numbers."""
    x = X.astype(dtype)
    t = backend(device).from_numpy(x, requires_grad=True)
    u = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y, v = FUNCTIONS[name](t), FUNCTIONS[name](u)
    ours = [y, *grad(y.sum(), t, create_graph=True)]
    theirs = [v, *torch.autograd.grad(v.sum(), u, create_graph=True)]
    if ours[1].requires_grad and name != "hardsigmoid":  # which torch cannot
        ours += grad(ours[1].sum(), t, allow_unused=True)
        theirs += torch.autograd.grad(theirs[1].sum(), u, allow_unused=True)
    tolerance = (1e-5, 3e-6) if dtype == "float32" else (1e-7, 1e-8)
    for found, expected in zip(ours, theirs, strict=True):
        right = torch.zeros(x.shape) if expected is None else expected.detach()
        known = np.isfinite(right.numpy().astype(dtype))
        got = np.zeros(x.shape, dtype) if found is None else found.numpy()
        assert known.sum() >= 12
        np.testing.assert_allclose(got[known], right.numpy()[known], *tolerance)


@pytest.mark.parametrize("n", [7, 5000])
@pytest.mark.parametrize("device", NAMES)
def test_an_infinite_gradient_meets_a_flat_piece(device: str, n: int) -> None:
    """sqrt(relu(x)) has slope 0 where x is negative, though that of sqrt is infinite there."""
    x = np.resize(np.array([-2.0, 4.0, -0.5, 0.25, -8.0, 9.0], np.float32), n)
    for name in ("relu", "relu6", "hardtanh", "softshrink", "clamp_min", "maximum", "minimum"):
        t = backend(device).from_numpy(x, requires_grad=True)
        u = torch.tensor(x, requires_grad=True)
        call = FUNCTIONS.get(name, _pieces(name))
        call(t).sqrt().sum().backward()
        call(u).sqrt().sum().backward()
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-5, err_msg=name)


def _pieces(name: str) -> Any:
    def call(t: Any) -> Any:
        zero = t * 0 if name != "clamp_min" else 0.0
        return getattr(t, name)(zero)

    return call


@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("device", NAMES)
def test_confident_logits_keep_their_gradient(device: str, target: float) -> None:
    x = np.array([-80.0, -40.0, -20.0, -1.0, 0.0, 1.0, 20.0, 40.0, math.inf][: 9 - (target == 1)])
    t = backend(device).from_numpy(x.astype(np.float32), requires_grad=True)
    u = torch.tensor(x, requires_grad=True)
    name = "binary_cross_entropy_with_logits"
    y = getattr(t, name)(t._filled(target), reduction="none")
    v = getattr(F, name)(u, torch.full_like(u, target), reduction="none")
    np.testing.assert_allclose(y.numpy(), v.detach().numpy(), rtol=1e-5, atol=1e-7)
    y.sum().backward()
    v.sum().backward()
    atol = 0 if target == 0 else 1e-7
    np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-5, atol=atol)


@pytest.mark.parametrize("size", [1e-30, 1e-20, 1.0, 1e20, 1e30])
@pytest.mark.parametrize("device", NAMES)
def test_squares_in_derivatives_neither_overflow_nor_vanish(device: str, size: float) -> None:
    y, x = np.array([3.0, -3.0, 0.0]), np.array([4.0, 4.0, -1.0])
    expected = {
        "atan2": (x / (x * x + y * y) / size, -y / (x * x + y * y) / size),
        "div": (1 / x / size, -y / (x * x) / size),
    }
    for name, gradients in expected.items():
        data = [(v * size).astype("f4") for v in (y, x)]
        a, b = (backend(device).from_numpy(v, requires_grad=True) for v in data)
        getattr(a, name)(b).sum().backward()
        for t, e in zip((a, b), gradients, strict=True):
            np.testing.assert_allclose(t.grad.numpy(), e, rtol=1e-5, err_msg=name)


def test_power_of_a_tiny_base_to_zero() -> None:
    a = CpuTensor.from_numpy(np.array([1e-40, -1e-40, 0.0, 2.0], np.float32), requires_grad=True)
    b = CpuTensor.from_numpy(np.zeros(4, np.float32), requires_grad=True)
    (g,) = grad((a**b).sum(), a, create_graph=True)
    np.testing.assert_array_equal(g.numpy(), 0)
    (h,) = grad(g[3], b)  # d/db of b a^(b - 1)
    assert h.numpy()[3] == 0.5


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("device", NAMES)
def test_a_hidden_key_stays_hidden_below_any_score(device: str, masked: bool) -> None:
    """Scores of -1e36 are lower than a floor of -1e30, and the future would be seen."""
    rng = np.random.default_rng(4)
    q, k, v = (rng.uniform(0.5, 1, (2, 4, 3)).astype(np.float32) for _ in range(3))
    q, k = q * np.float32(-1e18), k * np.float32(1e18)
    seen = np.tri(4, dtype=bool)
    options = {"attn_mask": seen} if masked else {"is_causal": True}
    u = torch.tensor(v, requires_grad=True)
    own = {key: torch.tensor(a) if masked else a for key, a in options.items()}
    right = F.scaled_dot_product_attention(torch.tensor(q), torch.tensor(k), u, **own)
    right.sum().backward()
    make = backend(device).from_numpy
    t = make(v, requires_grad=True)
    mine = {key: make(a, requires_grad=False) if masked else a for key, a in options.items()}
    x, y = (make(a, requires_grad=True) for a in (q, k))
    found = x.scaled_dot_product_attention(y, t, **mine)
    np.testing.assert_allclose(found.numpy(), right.detach().numpy(), rtol=1e-5)
    (g,) = grad(found.sum(), t, create_graph=True)
    np.testing.assert_allclose(g.numpy(), u.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e15, 1e18])
@pytest.mark.parametrize("device", NAMES)
def test_norms_of_large_numbers_have_their_gradient(device: str, size: float) -> None:
    """The cube of 1 / deviation is zero where its products with the input are not."""
    rng = np.random.default_rng(0)
    x, v = (rng.standard_normal((4, 6)).astype(np.float32) for _ in range(2))
    cases = ("layer_norm", [(6,)]), ("group_norm", [2]), ("rms_norm", [(6,), None, 1e-9])
    w = backend(device).from_numpy(v, requires_grad=False)
    for name, args in cases:
        t = backend(device).from_numpy(x * np.float32(size), requires_grad=True)
        u = torch.tensor(x * np.float32(size), dtype=torch.float64, requires_grad=True)
        getattr(t, name)(*args).mul(w).sum().backward()
        (getattr(F, name)(u, *args) * torch.tensor(v)).sum().backward()
        top = float(u.grad.abs().max())
        np.testing.assert_allclose(
            t.grad.numpy() / top, u.grad.numpy() / top, atol=1e-5, err_msg=name
        )


@pytest.mark.parametrize("away", [0.0, 1e4, -1e6, 1e30])
@pytest.mark.parametrize("device", NAMES)
def test_cross_entropy_does_not_see_what_is_common_to_a_row(device: str, away: float) -> None:
    x = np.array([[1.0, 2.0, 4.0, 2.0], [0.5, 0.5, 0.5, 0.5]], np.float32) + np.float32(away)
    for reduction in ("none", "sum", "mean"):
        t = backend(device).from_numpy(x, requires_grad=True)
        u = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        c = type(t).from_numpy(np.array([1, 3]), requires_grad=False)
        y = t.cross_entropy(c, reduction=reduction)
        v = F.cross_entropy(u, torch.tensor([1, 3]), reduction=reduction)
        np.testing.assert_allclose(y.numpy(), v.detach().numpy(), rtol=1e-6)
        y.sum().backward()
        v.sum().backward()
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=2e-6)
