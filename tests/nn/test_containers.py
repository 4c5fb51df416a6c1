"""Sequential, ModuleList, ModuleDict, MLP."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import ModuleError, ShapeError


def sizes(modules) -> list[int]:
    return [m.out_features for m in modules]


def linears(*outs: int) -> list[nn.Module]:
    return [nn.Linear(2, n) for n in outs]


def test_sequential_applies_in_order() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Tanh())
    x = light.randn(4, 2, requires_grad=False)
    np.testing.assert_array_equal(net(x).numpy(), net[0](x).sigmoid().tanh().numpy())
    assert nn.Sequential()(x) is x
    net.register_buffer("extra", light.ones(1))  # is no layer
    assert net(x).shape == (4, 2) and len(net) == 3


def test_sequential_as_a_list() -> None:
    net = nn.Sequential(*linears(1, 2, 3))
    assert sizes(net) == [1, 2, 3] and net[-1].out_features == 3
    assert sizes(net[1:]) == [2, 3] and next(iter(net[1:].state_dict())) == "1.weight"
    tail = net[1:].append(nn.Linear(2, 9))
    assert sizes(tail) == [2, 3, 9]
    del net[0]
    assert sizes(net) == [2, 3] and next(iter(net.state_dict())) == "0.weight"
    net[0] = nn.Linear(2, 7)
    net.insert(1, nn.Linear(2, 8))
    net += linears(9)
    assert sizes(net) == [7, 8, 3, 9]
    assert net.pop().out_features == 9 and net.pop(0).out_features == 7
    assert sizes(net) == [8, 3] and net[0] in net and nn.ReLU() not in net
    del net[:1]
    assert sizes(net) == [3]


def test_sequential_with_names() -> None:
    net = nn.Sequential(OrderedDict(first=nn.Linear(2, 3), act=nn.ReLU()))
    assert list(net.state_dict()) == ["first.weight", "first.bias"]
    assert net.first is net[0] and net(light.ones(1, 2)).shape == (1, 3)


def test_module_list() -> None:
    layers = nn.ModuleList(linears(1, 2))
    layers.append(nn.Linear(2, 3)).extend(linears(4))
    assert sizes(layers) == [1, 2, 3, 4] and sizes(layers[::2]) == [1, 3]
    assert len(list(layers.parameters())) == 8
    with pytest.raises(ModuleError, match="ModuleList only holds modules"):
        layers(1)
    with pytest.raises(ShapeError, match="ModuleList: index 4 is out of range for 4 modules"):
        layers[4]
    with pytest.raises(ModuleError, match="index with an int or a slice, not 'a'"):
        layers["a"]


def test_module_dict() -> None:
    heads = nn.ModuleDict({"a": nn.Linear(2, 1)})
    heads["b"] = nn.Linear(2, 2)
    heads.update([("c", nn.Linear(2, 3))])
    assert heads.keys() == ["a", "b", "c"] == list(heads) and len(heads) == 3
    assert "b" in heads and "x" not in heads
    assert list(heads.state_dict())[2:4] == ["b.weight", "b.bias"]
    assert heads.pop("a").out_features == 1
    del heads["b"]
    assert [(k, m.out_features) for k, m in heads.items()] == [("c", 3)]
    assert sizes(heads.values()) == [3]
    with pytest.raises(ModuleError, match="ModuleDict has no module 'a'; it has c"):
        heads["a"]
    with pytest.raises(ModuleError, match="'keys' cannot be the name of a module"):
        heads["keys"] = nn.ReLU()
    with pytest.raises(ModuleError, match="ModuleDict only holds modules"):
        heads(1)
    heads.clear()
    assert len(heads) == 0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: nn.Sequential(nn.ReLU), "not <class .*ReLU'>; create it: ReLU"),
        (lambda: nn.Sequential(len), "must be a module, not builtin_function_or_method"),
        (lambda: nn.ModuleList([3]), "the child '0' must be a module, not int"),
        (lambda: nn.MLP(1, 2, 3, activation="relu"), "e.g. nn.Tanh; not 'relu'"),
    ],
)
def test_what_is_no_module(make, text: str) -> None:
    with pytest.raises(ModuleError, match=text):
        make()


def test_mlp() -> None:
    net = nn.MLP(4, 5, 6, 2, activation=nn.Tanh, dropout=0.5)
    kinds = [type(m).__name__ for m in net]
    assert kinds == ["Linear", "Tanh", "Dropout", "Linear", "Tanh", "Dropout", "Linear"]
    assert [p.shape for p in net.parameters()] == [(5, 4), (5,), (6, 5), (6,), (2, 6), (2,)]
    x = light.ones(3, 4)
    y = net.eval()(x)
    by_hand = net[6](net[3](net[0](x).tanh()).tanh())
    np.testing.assert_array_equal(y.numpy(), by_hand.numpy())
    assert len(list(nn.MLP(2, 1, bias=False).parameters())) == 1
    with pytest.raises(ShapeError, match="at least the sizes of input and output"):
        nn.MLP(3)


def test_a_list_keeps_the_places_that_hold_nothing() -> None:
    layers = nn.ModuleList([nn.Linear(1, 1), None])  # type: ignore[list-item]
    assert len(layers) == 2 and layers[1] is None and [m is None for m in layers] == [False, True]
    assert len(list(layers.parameters())) == 2


def test_a_child_is_found_by_a_call_of_getattr() -> None:
    net = nn.ModuleDict({"left": nn.Linear(1, 1)})
    assert net.__getattr__("left") is net["left"]
