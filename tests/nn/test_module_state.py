"""State dicts of modules: what is saved, and what is loaded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import StateDictError
from tests.nn.nets import Net


def test_state_dict_round_trip_in_place() -> None:
    a, b = Net(), Net()
    weight, leaf = b.inner.weight, b.inner.weight._edge
    result = b.load_state_dict(a.state_dict())
    assert result == ([], []) and result.missing_keys == []
    assert b.inner.weight is weight and weight._edge is leaf
    np.testing.assert_array_equal(weight.numpy(), a.inner.weight.numpy())
    arrays = {k: np.full(v.shape, 2.0) for k, v in b.state_dict(prefix="").items()}
    b.load_state_dict(arrays)
    assert b.scale.tolist() == [2.0] * 3 and b.scale.dtype == light.float32
    assert next(iter(a.state_dict("net."))) == "net.scale"
    assert a.state_dict()["scale"].requires_grad is False
    assert a.state_dict(keep_vars=True)["scale"] is a.scale


def test_a_state_dict_of_torch_loads_as_it_is() -> None:
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    mine = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    theirs[1].num_batches_tracked += 5
    mine.load_state_dict(theirs.state_dict())
    for key, value in theirs.state_dict().items():
        np.testing.assert_array_equal(mine.state_dict()[key].numpy(), value.numpy())


def test_loading_is_noticed_by_backward() -> None:
    net = Net()
    y = (net.scale * net.scale).sum()
    net.load_parameters({"scale": np.zeros(3)})
    with pytest.raises(light.errors.InplaceError, match="changed in place"):
        y.backward()


def test_load_state_dict_names_everything_and_loads_nothing() -> None:
    net = Net()
    before = {k: v.numpy() for k, v in net.state_dict().items()}
    state = {
        "scale": np.full(3, 9.0),
        "offset": np.zeros(4),
        "inner.weight": "text",
        "other": np.zeros(1),
    }
    with pytest.raises(StateDictError) as info:
        net.load_state_dict(state)
    text = str(info.value)
    assert "missing keys: inner.bias" in text
    assert "unexpected keys: other" in text
    assert "offset: shape (4,) does not fit the module's (3,)" in text
    assert "inner.weight: a str is not a tensor or an array" in text
    assert "does not fit Net, and nothing was loaded" in text
    for key, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key])
    with pytest.raises(ValueError, match="shape"):  # not even when not strict
        net.load_state_dict({"scale": np.zeros(1)}, strict=False)
    result = net.load_state_dict({"scale": np.full(3, 9.0), "other": 1}, strict=False)
    assert result.missing_keys == ["offset", "inner.weight", "inner.bias"]
    assert result.unexpected_keys == ["other"]
    assert net.scale.tolist() == [9.0] * 3
    with pytest.raises(StateDictError, match="expected a dict of tensors, not list"):
        net.load_state_dict([1])


def test_load_parameters() -> None:
    net = Net()
    assert net.load_parameters({"inner.bias": light.tensor([1.0, 2.0])}) is net
    assert net.inner.bias.tolist() == [1.0, 2.0] and net.inner.bias.requires_grad
    with pytest.raises(StateDictError) as info:
        net.load_parameters({"inner.bias": np.zeros(2), "inner.biass": np.zeros(2)})
    assert "Net has no parameter inner.biass" in str(info.value)
    assert "It has: scale, offset, inner.weight, inner.bias" in str(info.value)
    with pytest.raises(KeyError, match=r"inner.bias: shape \(3,\)"):
        net.load_parameters({"scale": np.zeros(3), "inner.bias": np.zeros(3)})
    assert net.inner.bias.tolist() == [1.0, 2.0] and net.scale.tolist() == [1.0] * 3
