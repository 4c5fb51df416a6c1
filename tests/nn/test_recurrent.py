"""LSTM, GRU and RNN against torch: values, all gradients, state, errors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.autograd.utils.gradcheck import gradgradcheck
from lightgrad.errors import ArgumentError, DeviceError, DtypeError, InplaceError, ShapeError
from tests.backends import backend

RNG = np.random.default_rng(0)
TOLERANCE = {"float32": (2e-5, 2e-6), "float64": (1e-9, 1e-11)}
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("LSTM", {}),
    ("GRU", {}),
    ("RNN", {}),
    ("RNN", {"nonlinearity": "relu"}),
]
HOW = [
    {},
    {"bias": False},
    {"num_layers": 2},
    {"bidirectional": True, "batch_first": True},
    {"num_layers": 2, "bidirectional": True, "bias": False},
    {"num_layers": 3, "batch_first": True},
]
each_kind = pytest.mark.parametrize(("name", "kind"), KINDS, ids=["LSTM", "GRU", "RNN", "ReLU"])


def twins(name: str, *args: Any, dtype: str = "float64", **kwargs: Any) -> tuple[Any, Any]:
    """The layer of both libraries with torch's initial parameters."""
    theirs = getattr(torch.nn, name)(*args, **kwargs).to(getattr(torch, dtype))
    mine = getattr(nn, name)(*args, **kwargs, dtype=dtype)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    return mine, theirs


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in leaves(v)]
    return [] if value is None else [value]


def compare(mine: Any, theirs: Any, x: np.ndarray, states: Any = None) -> None:
    rtol, atol = TOLERANCE[x.dtype.name]

    def same(ours: Any, expected: Any) -> None:
        assert tuple(ours.shape) == tuple(expected.shape)
        assert ours.dtype == x.dtype
        np.testing.assert_allclose(ours.numpy(), expected.detach().numpy(), rtol, atol)

    def run(model: Any, make: Any) -> tuple[list[Any], list[Any]]:
        hx = tuple(map(make, states)) if isinstance(states, tuple) else states
        given = [make(x), make(hx) if isinstance(hx, np.ndarray) else hx]
        return leaves(given), leaves(model(*given))

    inputs, outputs = run(mine, light.tensor)
    them, expected = run(theirs, lambda a: torch.tensor(a, requires_grad=True))
    vectors = [RNG.standard_normal(t.shape).astype(x.dtype) for t in expected]
    for y, e in zip(outputs, expected, strict=True):
        same(y, e)
    sum((y * light.tensor(v)).sum() for y, v in zip(outputs, vectors, strict=True)).backward()
    sum((y * torch.tensor(v)).sum() for y, v in zip(expected, vectors, strict=True)).backward()
    for a, b in zip(inputs, them, strict=True):
        same(a.grad, b.grad)
    wanted = dict(theirs.named_parameters())
    for key, p in mine.named_parameters():
        same(p.grad, wanted[key].grad)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("how", HOW, ids=str)
@each_kind
def test_layer_equals_torch(name: str, kind: dict, how: dict, dtype: str) -> None:
    for steps, batch, given in ((4, 3, True), (1, 2, False), (3, None, True), (3, 0, False)):
        mine, theirs = twins(name, 3, 5, **how, **kind, dtype=dtype)
        assert repr(mine) == repr(theirs)
        if batch is None:
            shape: tuple[int, ...] = (steps, 3)
        else:
            shape = (batch, steps, 3) if how.get("batch_first") else (steps, batch, 3)
        count = how.get("num_layers", 1) * (1 + how.get("bidirectional", False))
        size = (count, *(() if batch is None else (batch,)), 5)
        h, c = (RNG.standard_normal(size).astype(dtype) for _ in range(2))
        states = ((h, c) if name == "LSTM" else h) if given else None
        compare(mine, theirs, RNG.standard_normal(shape).astype(dtype), states)


@pytest.mark.parametrize("bias", [True, False])
@each_kind
def test_cell_equals_torch(name: str, kind: dict, bias: bool) -> None:
    for shape, dtype in itertools.product([(2,), ()], ["float32", "float64"]):
        mine, theirs = twins(f"{name}Cell", 3, 4, bias=bias, **kind, dtype=dtype)
        assert repr(mine) == repr(theirs)
        x, h, c = (RNG.standard_normal((*shape, n)).astype(dtype) for n in (3, 4, 4))
        for states in (None, (h, c) if name == "LSTM" else h):
            mine.zero_grad(), theirs.zero_grad()
            compare(mine, theirs, x, states)


def test_cells_in_a_loop_are_the_layer() -> None:
    layer, cell = nn.LSTM(3, 4, dtype="float64"), nn.LSTMCell(3, 4, dtype="float64")
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    x, state = light.randn(5, 2, 3, dtype="float64"), None
    for x_t in x.unbind(0):
        state = cell(x_t, state)
    y, (h, c) = layer(x)
    for found, expected in zip(state, (y[-1], c[0]), strict=True):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), 1e-12, 1e-14)
    np.testing.assert_array_equal(h[0].numpy(), y[-1].numpy())


@each_kind
def test_initial_values_are_torchs(name: str, kind: dict) -> None:
    light.manual_seed(0)
    for layer in (getattr(nn, name)(30, 64, **kind), getattr(nn, f"{name}Cell")(30, 64, **kind)):
        for p in layer.parameters():
            assert 0.8 / 8 < p.abs().max().item() <= 1 / 8


@each_kind
def test_second_derivatives(name: str, kind: dict) -> None:
    layer = getattr(nn, name)(2, 2, bidirectional=True, dtype="float64", **kind)
    x = light.tensor(RNG.standard_normal((2, 2, 2)))

    def outputs(x: Any, *_: Any) -> Any:
        return tuple(leaves(layer(x)))

    assert gradgradcheck(outputs, [x, *layer.parameters()])


def test_derivatives_are_the_same_both_ways() -> None:
    """The kernel's gradients, and those that can be differentiated again."""
    layer = nn.LSTM(3, 4, 2, dtype="float64")
    x = light.randn(5, 2, 3, dtype="float64")
    wanted = [x, *layer.parameters()]
    found = light.autograd.grad(layer(x)[0].square().sum(), wanted)
    again = light.autograd.grad(layer(x)[0].square().sum(), wanted, create_graph=True)
    for a, b in zip(found, again, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-10, 1e-12)
        assert b.requires_grad and not a.requires_grad


def test_backward_twice() -> None:
    layer = nn.GRU(2, 3)
    loss = layer(light.ones(3, 1, 2))[0].sum()
    loss.backward(retain_graph=True)
    first = layer.weight_hh_l0.grad.numpy()
    loss.backward()
    np.testing.assert_array_equal(layer.weight_hh_l0.grad.numpy(), 2 * first)


@each_kind
def test_changes_in_place_are_noticed(name: str, kind: dict) -> None:
    for which in ("input", "weight", "output"):
        layer, x = getattr(nn, name)(2, 3, **kind), light.ones(3, 1, 2)
        y, _ = layer(x)
        changed = {"input": x, "weight": layer.weight_hh_l0, "output": y}[which]
        with light.no_grad():
            changed.mul_(2)
        with pytest.raises(InplaceError, match="in place after the"):
            y.sum().backward()


@each_kind
def test_same_bits_every_time(name: str, kind: dict) -> None:
    light.manual_seed(3)
    layer, x = getattr(nn, name)(16, 32, 2, dropout=0.3, **kind), light.randn(20, 8, 16)
    runs = []
    for _ in range(2):
        light.manual_seed(4)
        layer.zero_grad()
        y, _ = layer(x)
        y.square().sum().backward()
        runs.append([y.numpy(), *(p.grad.numpy() for p in layer.parameters())])
    for a, b in zip(*runs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_dropout_between_layers() -> None:
    x = light.randn(6, 4, 3)
    layer = nn.LSTM(3, 5, 2, dropout=0.5)
    assert not layer(x)[0].equal(layer(x)[0])
    layer.eval()
    assert layer(x)[0].equal(layer(x)[0])
    wiped = nn.GRU(3, 5, 2, dropout=1.0, bias=False)
    assert wiped(x)[0].abs().max().item() == 0  # the second layer sees zeros
    with pytest.warns(UserWarning, match="with num_layers=1 it does nothing"):
        nn.LSTM(3, 5, dropout=0.5)


def test_half_precision() -> None:
    layer = nn.LSTM(3, 4).half()
    y, _ = layer(light.ones(2, 1, 3).half())
    y.sum().backward()
    assert y.dtype.name == layer.weight_ih_l0.grad.dtype.name == "float16"


def test_nothing_is_kept_without_gradients() -> None:
    layer = nn.LSTM(3, 4)
    with light.no_grad():
        y, (h, c) = layer(light.ones(2, 1, 3))
    assert not any(t.requires_grad for t in (y, h, c))


@pytest.mark.parametrize("device", ["cpu", "opencl"])
@each_kind
def test_devices(name: str, kind: dict, device: str) -> None:
    """The same on every device, without a copy to the host."""
    cls = backend(device)
    layer = getattr(nn, name)(3, 4, 2, bidirectional=True, **kind)
    x, there = light.randn(3, 2, 3), getattr(nn, name)(3, 4, 2, bidirectional=True, **kind)
    there.load_state_dict(layer.state_dict())
    there.to(device=device)
    layer(x)[0].square().sum().backward()
    with light.strict():
        there(x.detach().to(cls))[0].square().sum().backward()
    expected = dict(layer.named_parameters())
    for key, p in there.named_parameters():
        assert p.grad.device == device
        np.testing.assert_allclose(p.grad.numpy(), expected[key].grad.numpy(), 1e-4, 1e-5)


X = light.ones(5, 2, 3)
FAULTS: list[tuple[Any, type[Exception], str]] = [
    (lambda: nn.LSTM(3, 4)(light.ones(5, 2, 4)), ShapeError, "LSTM: expected an input of 2 or 3"),
    (lambda: nn.LSTM(3, 4)(light.ones(3)), ShapeError, "LSTM: expected an input of 2 or 3 dim"),
    (lambda: nn.GRU(3, 4)(light.ones(0, 2, 3)), ShapeError, r"the input \(0, 2, 3\) has no steps"),
    (lambda: nn.GRU(3, 4)(X.double()), DtypeError, r"GRU: .*float64.*float32.*to\(float32\)"),
    (lambda: nn.GRU(3, 4)([[1.0]]), DtypeError, "must be a tensor, not list; pad sequences"),
    (lambda: nn.LSTM(3, 4)(X, light.ones(1, 2, 4)), DtypeError, r"a pair of tensors, \(h, c\)"),
    (lambda: nn.RNN(3, 4)(X, (X, X)), DtypeError, "hx must be a tensor, not tuple"),
    (lambda: nn.RNN(3, 4)(X, 3.0), DtypeError, "state must be a tensor, not float"),
    (lambda: nn.RNN(3, 4)(X, light.ones(2, 4)), ShapeError, r"should have shape \(1, 2, 4\)"),
    (lambda: nn.LSTMCell(3, 4)(X), ShapeError, "LSTMCell: expected an input of 1 or 2"),
    (lambda: nn.LSTM(0, 4), ShapeError, "must be greater than zero"),
    (lambda: nn.LSTM(3, 4, 0), ArgumentError, "num_layers must be greater than zero"),
    (lambda: nn.LSTM(3, 4, dropout=2), ArgumentError, "dropout must be a probability, not 2"),
    (lambda: nn.LSTM(3, 4, dropout="a"), DtypeError, "LSTM: dropout must be a number, not 'a'"),
    (lambda: nn.LSTM(3, 4, proj_size=4), ArgumentError, "proj_size must be less than"),
    (lambda: nn.RNN(3, 4, nonlinearity="sin"), ArgumentError, "'tanh' or 'relu', not 'sin'"),
    (lambda: nn.RNNCell(3, 4, nonlinearity="x"), ArgumentError, "'tanh' or 'relu', not 'x'"),
]


@pytest.mark.parametrize(("make", "error", "match"), FAULTS)
def test_errors(make: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        make()


def test_devices_do_not_mix() -> None:
    backend("opencl")
    with pytest.raises(DeviceError, match=r"LSTM: .*opencl.*cpu|LSTM: .*cpu.*opencl"):
        nn.LSTM(3, 4).opencl()(X)


def test_torchs_helpers() -> None:
    layer = nn.LSTM(3, 4, 2, bidirectional=True)
    layer.flatten_parameters()
    assert [len(held) for held in layer.all_weights] == [4] * 4
