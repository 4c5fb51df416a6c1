"""Initial values: bounds, moments, seeds, errors; layers begin as torch's do."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
import lightgrad.torch as light_torch
from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from lightgrad.nn import init


@pytest.fixture(autouse=True)
def _seed() -> None:
    light.manual_seed(0)


def assert_uniform(t: light.Tensor, bound: float) -> None:
    """Within the bound, reaching near it, with the variance bound^2 / 3."""
    x = t.numpy()
    assert np.abs(x).max() <= bound * (1 + 1e-6)
    assert np.abs(x).max() > bound * 0.98
    assert abs(x.var() / (bound**2 / 3) - 1) < 0.1
    assert abs(x.mean()) < bound * 0.1


def assert_normal(t: light.Tensor, mean: float, std: float) -> None:
    x = t.numpy().ravel()
    n = x.size
    assert abs(x.mean() - mean) < 5 * std / math.sqrt(n)
    assert abs(x.std() / std - 1) < 5 / math.sqrt(2 * n)
    assert abs((np.abs(x - mean) < std).mean() - 0.6827) < 0.05


def test_simple_ones() -> None:
    w = light.zeros(50, 40)
    edge = w._edge
    assert_uniform(init.uniform_(w, -3, 3), 3.0)
    assert_normal(init.normal_(w, 2.0, 0.5), 2.0, 0.5)
    assert init.constant_(w, 0.25) is w and set(w.numpy().ravel()) == {0.25}
    assert init.ones_(w).numpy().min() == 1 and init.zeros_(w).numpy().max() == 0
    np.testing.assert_array_equal(init.eye_(w).numpy(), np.eye(50, 40))
    assert w.requires_grad and w._edge is edge and w.is_leaf


@pytest.mark.parametrize("shape", [(60, 30), (20, 10, 3, 3)])
def test_scaled_ones(shape: tuple[int, ...]) -> None:
    field = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * field, shape[0] * field
    w = light.zeros(shape)
    assert_uniform(init.xavier_uniform_(w, gain=2.0), 2 * math.sqrt(6 / (fan_in + fan_out)))
    assert_normal(init.xavier_normal_(w), 0.0, math.sqrt(2 / (fan_in + fan_out)))
    assert_uniform(init.kaiming_uniform_(w, nonlinearity="relu"), math.sqrt(6 / fan_in))
    assert_uniform(init.kaiming_uniform_(w, a=math.sqrt(5)), 1 / math.sqrt(fan_in))
    w = init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")
    assert_normal(w, 0, math.sqrt(2 / fan_out))


def test_trunc_normal() -> None:
    w = init.trunc_normal_(light.zeros(5000), mean=1.0, std=2.0, a=0.0, b=2.5)
    x = w.numpy()
    assert x.min() >= 0 and x.max() <= 2.5 and w.requires_grad
    samples = torch.nn.init.trunc_normal_(torch.empty(50000), 1.0, 2.0, 0.0, 2.5)
    assert abs(x.mean() - samples.mean().item()) < 0.05
    assert abs(x.std() - samples.std().item()) < 0.05


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (3, 2, 5)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    w = init.orthogonal_(light.zeros(shape), gain=3.0).numpy().reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(small, 9 * np.eye(len(small)), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("linear", None),
        ("conv2d", None),
        ("sigmoid", None),
        ("tanh", None),
        ("relu", None),
        ("leaky_relu", None),
        ("leaky_relu", 0.3),
        ("selu", None),
    ],
)
def test_gain_is_torchs(name: str, param: float | None) -> None:
    expected = torch.nn.init.calculate_gain(name, param)
    assert init.calculate_gain(name, param) == pytest.approx(expected)


def test_generator_and_seed() -> None:
    def draw(**kwargs) -> list[float]:
        return init.kaiming_uniform_(light.zeros(3, 3), **kwargs).tolist()

    a = draw(generator=light.Generator(5))
    assert a == draw(generator=light.Generator(5)) != draw(generator=light.Generator(6))
    light.manual_seed(1)
    b = nn.Linear(4, 4).weight.tolist()
    light.manual_seed(1)
    assert b == nn.Linear(4, 4).weight.tolist() != nn.Linear(4, 4).weight.tolist()


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (lambda: nn.Linear(50, 60), 50),
        (lambda: nn.Conv1d(10, 60, 5), 50),
        (lambda: nn.Conv2d(8, 60, 3, groups=2), 36),
        (lambda: nn.Conv3d(4, 60, 2), 32),
        (lambda: nn.ConvTranspose2d(20, 30, 3, groups=2), 15 * 9),
        (lambda: nn.Bilinear(40, 5, 20), 40),
    ],
)
def test_layers_begin_as_torchs(layer, fan_in: int) -> None:
    module = layer()
    assert_uniform(module.weight, 1 / math.sqrt(fan_in))
    bias = module.bias.numpy()
    assert np.abs(bias).max() <= 1 / math.sqrt(fan_in) and bias.std() > 0.3 / math.sqrt(fan_in)


def test_other_layers_begin_as_torchs() -> None:
    assert_normal(nn.Embedding(100, 20).weight, 0.0, 1.0)
    for norm in (nn.LayerNorm(3), nn.GroupNorm(1, 3), nn.BatchNorm1d(3)):
        assert norm.weight.tolist() == [1.0] * 3 and norm.bias.tolist() == [0.0] * 3
    assert nn.RMSNorm(2).weight.tolist() == [1.0, 1.0]
    assert nn.PReLU(2).weight.tolist() == [0.25, 0.25]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: init.uniform_([1.0]), DtypeError, "uniform_: expected a tensor, not list"),
        (lambda: init.normal_(light.arange(3)), DtypeError, "floating tensor, not int64"),
        (lambda: init.normal_(light.ones(3), std=-1), ArgumentError, "std must not be negative"),
        (lambda: init.xavier_uniform_(light.ones(3)), ShapeError, r"at least 2 .* shape \(3,\)"),
        (lambda: init.kaiming_normal_(light.ones(3, 3), mode="in"), ArgumentError, "'fan_in' or"),
        (lambda: init.calculate_gain("gelu"), ArgumentError, "no gain is known for 'gelu'"),
        (lambda: init.eye_(light.ones(2, 2, 2)), ShapeError, "only a matrix"),
        (lambda: init.orthogonal_(light.ones(2)), ShapeError, "at least 2 dimensions"),
        (lambda: init.trunc_normal_(light.ones(2), a=3, b=1), ArgumentError, "needs a < b"),
        (lambda: init.trunc_normal_(light.ones(2), a=7, b=9), ArgumentError, "half a percent"),
    ],
)
def test_errors(call, error, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("shape", [(4, 6, 3), (6, 2, 3, 4), (4, 2, 2, 3, 3)])
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac(shape: tuple[int, ...], groups: int) -> None:
    expected = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
    np.testing.assert_array_equal(init.dirac_(light.ones(shape), groups).numpy(), expected)


def test_sparse() -> None:
    w = init.sparse_(light.zeros(50, 40), 0.3, std=2.0).numpy()
    assert ((w == 0).sum(0) == 15).all()
    assert abs(w[w != 0].std() - 2.0) < 0.2


OLD = [
    "constant",
    "dirac",
    "kaiming_normal",
    "kaiming_uniform",
    "normal",
    "orthogonal",
    "sparse",
    "uniform",
]


@pytest.mark.parametrize("name", [*OLD, "xavier_normal", "xavier_uniform"])
def test_names_that_torch_gave_up(name: str) -> None:
    shape, more = ((2, 2, 2), ()) if name == "dirac" else ((4, 3), (0.5,) * (name[0] in "cs"))
    with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of"):
        w = getattr(init, name)(light.zeros(shape), *more)
    assert w.abs().max().item() > 0


DRAWN = [
    ("orthogonal_", {}),
    ("orthogonal_", {"gain": 2.0}),
    ("sparse_", {"sparsity": 0.4}),
    ("trunc_normal_", {"std": 2.0}),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("xavier_uniform_", {}),
]


@pytest.mark.parametrize(("name", "how"), DRAWN, ids=str)
@pytest.mark.parametrize("shape", [(5, 3), (3, 7), (20, 20)])
def test_in_torch_mode_the_numbers_are_torchs(name: str, how: dict, shape: tuple) -> None:
    results = []
    for lib in (light_torch, torch):
        lib.manual_seed(3)
        results.append(getattr(lib.nn.init, name)(lib.empty(shape), **how).numpy())
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
