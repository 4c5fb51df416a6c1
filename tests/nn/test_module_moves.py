"""Modules that change their dtype or device, also between forward and backward."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.autograd.tensor.succession import is_replaced
from lightgrad.errors import BackwardError, DeviceError, DtypeError
from tests.nn.nets import Net, names


def test_map_parameters_replaces_and_retires() -> None:
    net = Net()
    net.tied = net.inner.weight
    old = dict(net.named_parameters())
    assert net.map_parameters(lambda p: p) is net
    assert all(p is old[k] for k, p in net.named_parameters())
    assert not any(is_replaced(p) for p in old.values())
    net.map_parameters(lambda p: p * 2)
    new = dict(net.named_parameters())
    assert list(new) == list(old)
    assert all(p.is_leaf and p.requires_grad and p.name == old[k].name for k, p in new.items())
    assert all(is_replaced(p) for p in old.values())
    assert not any(is_replaced(p) for p in new.values())
    assert net.tied is net.inner.weight
    assert net.scale.tolist() == [2.0] * 3 and not net.offset.requires_grad
    net.map_parameters(lambda p: old.get("scale") if p is new["scale"] else p)
    assert not is_replaced(old["scale"]) and is_replaced(new["scale"])


def test_map_parameters_that_fails_changes_nothing() -> None:
    net = Net()
    old = list(net.parameters())

    def fail(p):
        if p.ndim == 2:
            raise RuntimeError("no")
        return p * 2

    with pytest.raises(RuntimeError, match="no"):
        net.map_parameters(fail)
    with pytest.raises(DtypeError, match=r"must return a tensor, not ndarray \(for 'scale'\)"):
        net.map_parameters(lambda p: p.numpy())
    assert all(a is b for a, b in zip(old, net.parameters(), strict=True))
    assert not any(is_replaced(p) for p in old)


# what happens between forward and backward
MOVES = {
    "double": lambda net: net.double(),
    "float": lambda net: net.float(),  # where nothing changes
    "cpu": lambda net: net.cpu(),
    "twice": lambda net: net.double().cpu().float(),
    "copied": lambda net: net.map_parameters(lambda p: p.copy()),
    "half": lambda net: net.cpu().half(),
}


def twins(cls) -> tuple:
    """The same small network on a device and in torch."""
    ours = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    for p, t in zip(ours.parameters(), theirs.parameters(), strict=True):
        t.data = torch.tensor(p.numpy())
    return ours.to(device=cls), theirs


def close_grads(ours, theirs, rtol: float = 1e-5) -> None:
    for p, t in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert p.grad.dtype == p.dtype and type(p.grad) is type(p)
        np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("inputs", [False, True])
def test_a_module_moved_between_forward_and_backward(every_backend, name, inputs) -> None:
    ours, theirs = twins(every_backend)
    x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    held, rtol = list(ours.parameters()), 1e-2 if name == "half" else 1e-5
    for n in range(2):  # into no gradient, then into one
        y = ours(every_backend.from_numpy(x, requires_grad=False)).square().sum()
        z = theirs(torch.tensor(x)).square().sum()
        z.backward()
        MOVES[name](ours)
        y.backward(inputs=list(ours.parameters()) if inputs else None)
        close_grads(ours, theirs, rtol)
        if n == 0 and not inputs:  # whoever holds the old ones has them as well
            for p, t in zip(held, theirs.parameters(), strict=True):
                np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), 1e-5, 1e-5)
        ours.float().to(device=every_backend)  # takes the gradients along
        close_grads(ours, theirs, rtol)


def test_a_module_moved_between_forward_and_grad(every_backend) -> None:
    ours, theirs = twins(every_backend)
    x = np.ones((1, 3), np.float32)
    y = ours(every_backend.from_numpy(x, requires_grad=False)).sum()
    theirs(torch.tensor(x)).sum().backward()
    ours.double()
    found = light.autograd.grad(y, list(ours.parameters()), retain_graph=True)
    for g, t in zip(found, theirs.parameters(), strict=True):
        assert g.dtype == light.float64
        np.testing.assert_allclose(g.numpy(), t.grad.numpy(), rtol=1e-5)
    y.backward(create_graph=True)
    close_grads(ours, theirs)


def test_hooks_stay_with_a_parameter_that_moves(every_backend) -> None:
    ours, _ = twins(every_backend)
    seen: list[str] = []
    handle = ours[0].bias.register_hook(lambda g: seen.append(g.dtype.name) or g * 0)
    x = every_backend.ones((1, 3), requires_grad=False)
    y = ours(x).sum()
    ours.double()
    y.backward()
    assert ours[0].bias.grad.tolist() == [0.0] * 4
    ours(x.double()).sum().backward()
    assert seen == ["float32", "float64"] and ours[0].bias.grad.tolist() == [0.0] * 4
    handle.remove()
    ours(x.double()).sum().backward()
    assert len(seen) == 2 and ours[0].bias.grad.tolist() != [0.0] * 4


def test_a_parameter_of_another_shape_cannot_take_the_gradient() -> None:
    net = Net()
    y = net(light.ones(1, 3)).sum()
    net.map_parameters(lambda p: p[:1])
    with pytest.raises(BackwardError, match=r"shape \(\d.*holds one of shape \(1.*map_parameters"):
        y.backward()


def test_a_module_that_is_gone_is_no_matter() -> None:
    net = Net()
    scale = net.scale
    y = net(light.ones(1, 3)).sum()
    net.double()
    del net
    y.backward()
    assert scale.grad.shape == (3,)


def test_a_buffer_that_was_computed() -> None:
    net = Net()
    net.offset = net.offset + net.scale  # recorded, and stays a buffer
    assert names(net.named_buffers()) == ["offset"]
    assert not net.state_dict()["offset"].requires_grad
    net.map_parameters(lambda p: p)
    assert not net.offset.is_leaf
    net.double()
    assert net.offset.is_leaf and not net.offset.requires_grad


def test_to() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert net.to("cpu").to(device="cpu") is net
    net.double()
    dtypes = [t.dtype.name for t in net.state_dict().values()]
    assert dtypes == ["float64"] * 6 + ["int64"]
    assert net(light.ones(4, 2, dtype="float64")).dtype == light.float64
    assert net.half()[0].weight.dtype.name == "float16"
    assert net.float()[0].weight.dtype.name == "float32"
    assert net.to(light.ones(1, dtype="float64"))[0].bias.dtype.name == "float64"
    assert net.to("float32")[0].bias.dtype.name == "float32"
    assert net.cpu() is net
    with pytest.raises(DtypeError, match="floating dtypes, not in int64"):
        net.to("int64")
    with pytest.raises(DeviceError, match="no device is called 'nowhere'"):
        net.to("nowhere")


def test_moving_to_another_backend() -> None:
    class Elsewhere(light.CpuTensor):
        __slots__ = ()

        @staticmethod
        def from_numpy(a, requires_grad=True):
            return Elsewhere(np.array(a), requires_grad)

    net = Net().map_parameters(lambda p: p.to(Elsewhere))
    assert {type(t) for t in net.state_dict(keep_vars=True).values()} == {Elsewhere}
    assert all(p.requires_grad for p in net.parameters())
    net.load_state_dict(Net().state_dict())
    assert type(net.scale) is Elsewhere
