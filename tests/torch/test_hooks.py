"""Hooks on nodes and leaves, and modules called by PyTorch's names of arguments."""

from __future__ import annotations

from typing import Any

import pytest

import lightgrad.torch as torch
from lightgrad.torch import nn


def test_hooks_of_nodes_see_what_they_send_on() -> None:
    x, b = torch.ones(2, 2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = x * 3 + b
    seen: list[Any] = []
    handle = y.grad_fn.register_hook(lambda below, above: seen.append((below, above)))
    y.sum().backward(retain_graph=True)
    (below, above) = seen.pop()
    assert [g.tolist() for g in below] == [[[1, 1], [1, 1]], [2, 2]]
    assert above[0].shape == (2, 2)
    handle.remove()
    y.grad_fn.register_hook(lambda below, above: (below[0] * 10, below[1]))
    x.grad = b.grad = None
    y.sum().backward()
    assert x.grad.tolist() == [[30, 30], [30, 30]] and b.grad.tolist() == [2, 2]
    assert not seen


def test_hooks_after_accumulation() -> None:
    x = torch.ones(2, requires_grad=True)
    seen: list[Any] = []
    handle = x.register_post_accumulate_grad_hook(lambda p: seen.append((p is x, p.grad.tolist())))
    x.register_hook(lambda g: g * 2)
    (x * 3).sum().backward()
    (x * 3).sum().backward()
    torch.autograd.grad((x * 3).sum(), x)
    handle.remove()
    (x * 3).sum().backward()
    assert seen == [(True, [6, 6]), (True, [12, 12])]
    with pytest.raises(RuntimeError, match="is no leaf"):
        (x * 2).register_post_accumulate_grad_hook(print)


def test_a_backward_hook_is_not_called_around_the_results() -> None:
    class Twice(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"a": x * 2}

    layer, seen = Twice(), []
    layer.register_full_backward_hook(lambda *args: seen.append(args))
    x = torch.ones(2, requires_grad=True)
    layer(x)["a"].sum().backward()
    assert not seen and x.grad.tolist() == [2, 2]


def test_modules_take_their_argument_by_its_name() -> None:
    x = torch.ones(2, 4)
    assert nn.Linear(4, 3)(input=x).shape == (2, 3)
    assert nn.Sequential(nn.ReLU(), nn.LayerNorm(4))(input=x).shape == (2, 4)
    assert nn.Embedding(3, 2)(input=torch.tensor([1])).shape == (1, 2)
    assert nn.Bilinear(4, 4, 2)(input1=x, input2=x).shape == (2, 2)


def test_names_of_modules_are_taken_once() -> None:
    layer = nn.Linear(1, 1)
    for register in (layer.register_buffer, layer.register_module, layer.register_parameter):
        with pytest.raises(KeyError, match="already exists"):
            register("training", None)
    with pytest.raises(KeyError, match="already exists"):
        layer.register_buffer("weight", torch.ones(1))
    layer.register_parameter("weight", None)
    with pytest.raises(KeyError, match="has a dot"):
        layer.register_parameter("a.b", None)
    with pytest.raises(KeyError, match="no module 'b'"):
        nn.ModuleDict()["b"]
    with pytest.raises(NotImplementedError, match="no forward"):
        nn.Module()(1)
