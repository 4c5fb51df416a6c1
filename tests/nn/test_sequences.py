"""Padded and packed sequences, and recurrent layers over them, against torch."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from lightgrad.nn.utils import rnn
from tests.nn.test_layers import close, normal, twins

theirs_rnn = torch.nn.utils.rnn
LENGTHS = [[4, 4, 2, 1], [2, 4, 1, 3], [3, 3, 3, 3], [1, 1, 5, 1]]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("batch_first", [False, True])
def test_packing_and_padding(lengths: list[int], batch_first: bool) -> None:
    arrays = [normal(n, 2) for n in lengths]
    ours, them = [light.tensor(a) for a in arrays], [torch.tensor(a) for a in arrays]
    for t in them:
        t.requires_grad_()
    for side in ("left", "right"):
        how = {"padding_value": -1.0, "padding_side": side, "batch_first": batch_first}
        close(rnn.pad_sequence(ours, **how), theirs_rnn.pad_sequence(them, **how))
    outs = []
    for module, given, lib in ((rnn, ours, light), (theirs_rnn, them, torch)):
        x = module.pad_sequence(given, batch_first)
        packed = module.pack_padded_sequence(x, lib.tensor(lengths), batch_first, False)
        again = module.pack_sequence(given, enforce_sorted=False)
        back, sizes = module.pad_packed_sequence(packed, batch_first, 0.5, total_length=6)
        (back * back).sum().backward()
        parts = module.unpack_sequence(again) + module.unpad_sequence(
            x, lib.tensor(lengths), batch_first
        )
        outs.append((packed, back, sizes, parts, again, [t.grad for t in given]))
    (a, b, c, d, e, f), (p, q, r, s, t, u) = outs
    for mine, theirs in itertools.chain(zip(a, p), zip(e, t), zip(d, s), zip(f, u)):  # noqa: B905
        close(mine, theirs)
    close(b, q)
    close(c, r)


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("LSTM", {"num_layers": 2, "bidirectional": True}),
        ("LSTM", {"proj_size": 2, "bidirectional": True, "num_layers": 2}),
        ("GRU", {"bidirectional": True, "batch_first": True}),
        ("RNN", {"nonlinearity": "relu", "bias": False}),
    ],
)
@pytest.mark.parametrize("given", [False, True])
def test_layers_over_packed_sequences(
    name: str, how: dict, lengths: list[int], given: bool
) -> None:
    mine, theirs = twins(name, (3, 4), how)
    first = how.get("batch_first", False)
    x, n = normal(5, 4, 3), how.get("num_layers", 1) * (1 + how.get("bidirectional", False))
    x = x.swapaxes(0, 1) if first else x
    state = [normal(n, 4, how.get("proj_size", 4)), normal(n, 4, 4)]
    results = []
    for module, lib, tools in ((mine, light, rnn), (theirs, torch, theirs_rnn)):
        a = lib.tensor(x, requires_grad=True)
        h, c = (lib.tensor(s, requires_grad=True) for s in state)
        hx = ((h, c) if name == "LSTM" else h) if given else None
        y, last = module(tools.pack_padded_sequence(a, lengths, first, False), hx)
        last = last if isinstance(last, tuple) else (last,)
        out, _ = tools.pad_packed_sequence(y, first)
        loss = (out * out).sum() + sum((t * t * (i + 2)).sum() for i, t in enumerate(last))
        loss.backward()
        grads = [p.grad for p in module.parameters()] + ([h.grad] if given else [])
        results.append([out, *last, a.grad, *grads, *y])
    for a, b in zip(*results, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            close(a, b)


@pytest.mark.parametrize("how", [{}, {"bidirectional": True, "num_layers": 2}, {"bias": False}])
def test_projections(how: dict) -> None:
    mine, theirs = twins("LSTM", (3, 5), {"proj_size": 2, **how})
    assert repr(mine) == repr(theirs)
    x = normal(4, 3, 3)
    y, (h, c) = mine(light.tensor(x))
    out, (p, q) = theirs(torch.tensor(x))
    for a, b in ((y, out), (h, p), (c, q)):
        close(a, b)


@pytest.mark.parametrize("mode", ["LSTM", "GRU", "RNN_TANH", "RNN_RELU"])
def test_the_base_class(mode: str) -> None:
    mine = nn.RNNBase(mode, 3, 4, num_layers=2)
    theirs = torch.nn.RNNBase(mode, 3, 4, num_layers=2)
    assert list(mine.state_dict()) == list(theirs.state_dict()) and mine.mode == mode
    assert isinstance(nn.LSTM(1, 2), nn.RNNBase) and isinstance(nn.GRUCell(1, 2), nn.RNNCellBase)
    with pytest.raises(ArgumentError, match="mode must be one of"):
        nn.RNNBase("X", 1, 1)


def test_dropout_acts_on_packed_data() -> None:
    layer = nn.GRU(2, 3, num_layers=2, dropout=1.0)
    packed = rnn.pack_sequence([light.randn(3, 2), light.randn(1, 2)])
    out, _ = layer(packed)
    twin = nn.GRU(3, 3)
    twin.load_state_dict({k[:-1] + "0": v for k, v in layer.state_dict().items() if "l1" in k})
    zeros = packed._replace(data=light.zeros(4, 3))
    np.testing.assert_allclose(out.data.numpy(), twin(zeros)[0].data.numpy(), rtol=1e-6)


def test_a_packed_sequence() -> None:
    packed = rnn.pack_sequence([light.ones(1, 2), light.ones(3, 2)], enforce_sorted=False)
    assert packed.double().data.dtype.name == "float64" and packed.cpu().batch_sizes.tolist() == [
        2,
        1,
        1,
    ]
    data, sizes, order, back = packed
    assert order.tolist() == [1, 0] == back.tolist() and not packed.is_cuda
    again = rnn.PackedSequence(data, sizes, order)
    assert again.unsorted_indices.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda: rnn.pack_padded_sequence(light.ones(2, 2), [1, 2]),
            ArgumentError,
            "longest first",
        ),
        (lambda: rnn.pack_padded_sequence(light.ones(2, 2), [1]), ShapeError, "1 lengths for a"),
        (lambda: rnn.pack_padded_sequence(light.ones(2, 1), [0]), ArgumentError, "at least 1"),
        (lambda: rnn.pack_padded_sequence(light.ones(2, 1), [3]), ShapeError, "3 in 2 steps"),
        (lambda: rnn.pack_padded_sequence([1], [1]), DtypeError, "needs a tensor, not list"),
        (lambda: rnn.pad_sequence([]), DtypeError, "needs several tensors"),
        (lambda: rnn.pad_sequence([light.ones(1)], padding_side="x"), ArgumentError, "not 'x'"),
    ],
)
def test_errors(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()
