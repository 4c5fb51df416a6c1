"""What tensors of lightgrad.torch say of their memory, and views of all of it."""

from __future__ import annotations

import pytest

import lightgrad.torch as torch
from lightgrad.errors import UnsupportedError


def test_a_view_knows_its_base_and_how_often_the_memory_has_changed() -> None:
    x = torch.zeros(2, 3)
    part = x.view(6)[2:]
    assert part._base is x and x._base is None
    assert part._is_view() and not x._is_view()
    assert x._version == 0
    x.add_(1)
    part.mul_(2)
    assert x._version == part._version == 2
    x.data.add_(1)
    assert x._version == 2
    assert x.itemsize == 4


def test_as_strided_counts_from_the_beginning_of_the_memory() -> None:
    x = torch.arange(12.0).view(3, 4)
    assert x.t().as_strided((2, 2), (1, 4)).tolist() == [[0, 4], [1, 5]]
    rows = x[1:]
    assert rows.as_strided((2,), (1,)).tolist() == [4, 5]
    assert rows.as_strided((2,), (1,), 0).tolist() == [0, 1]
    rows.as_strided((2,), (1,), 1).zero_()
    assert x[0].tolist() == [0, 0, 0, 3]
    y = torch.arange(6.0).view(2, 3).requires_grad_()
    (y * 2).t().as_strided((2, 2), (1, 1)).sum().backward()
    assert y.grad.tolist() == [[2, 4, 2], [0, 0, 0]]


def test_windows_are_views() -> None:
    x = torch.arange(6.0)
    x.unfold(0, 3, 2)[1] = -1.0
    assert x.tolist() == [0, 1, -1, -1, -1, 5]
    y = torch.ones(4, requires_grad=True)
    z = y * 1
    z.unfold(0, 2, 2)[0].mul_(3)
    z.sum().backward()
    assert y.grad.tolist() == [3, 3, 1, 1]


def test_the_same_bytes_in_another_dtype() -> None:
    x = torch.tensor([1.0, -2.0])
    bits = x.view(torch.int32)
    assert bits.tolist() == [0x3F800000, -0x40000000]
    bits[0] = 0
    assert x.tolist() == [0, -2]
    assert x.view(torch.int16).shape == (4,) and x.view(2, 1).shape == (2, 1)
    with pytest.raises(UnsupportedError, match="no gradient of bytes"):
        torch.ones(2, requires_grad=True).view(torch.float16)


def test_gradients_are_cleared_where_they_lie() -> None:
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    weight, bias = layer.weight.grad, layer.bias.grad
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad is weight and weight.tolist() == [[0, 0]]
    layer(torch.ones(1, 2)).sum().backward()
    torch.optim.SGD(layer.parameters(), 0.1).zero_grad(set_to_none=False)
    assert layer.bias.grad is bias and bias.tolist() == [0]
    with pytest.raises(RuntimeError, match="its own gradient"):
        layer.weight.grad = layer.weight


@pytest.mark.parametrize("device", ["cpu", "opencl"])
def test_as_strided_of_a_detached_view_begins_where_it_does(device: str) -> None:
    x = torch.arange(30.0).to(device)[5:15].detach()
    assert x.as_strided((2, 2), (1, 2)).tolist() == [[5.0, 7.0], [6.0, 8.0]]


def test_memory_of_a_detached_part_is_not_guessed() -> None:
    part = torch.arange(10.0)[3:7]
    assert part.as_strided((2,), (1,), 0).tolist() == [0, 1]
    assert part.detach().as_strided((2,), (1,)).tolist() == [3, 4]
    with pytest.raises(UnsupportedError, match="part of another one's memory"):
        part.detach().as_strided((2,), (1,), 0)
