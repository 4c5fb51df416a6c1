"""The project's first scripts, word for word."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import OptimizerError


class SimpleModule(light.nn.Module):
    """Simple Module holding a few parameters"""

    def __init__(self):
        nn.Module.__init__(self)
        self.a = light.uniform(-1, 1, shape=(10, 10))
        self.b = light.uniform(-1, 1, shape=(10, 10))
        self.c = light.uniform(-1, 1, shape=(10, 10))

    def forward(self):
        return (self.a.tanh() + self.b.sigmoid()) @ (self.c.relu() - self.a.sigmoid())


class CNN(nn.Module):
    """Simple convolutional neural network"""

    def __init__(self):
        nn.Module.__init__(self)
        # create convolutional layers
        self.c1 = nn.Conv2d(1, 8, kernelsize=3)
        self.c2 = nn.Conv2d(8, 16, kernelsize=3)
        # create classification layer
        self.l1 = nn.Linear(5 * 5 * 16, 10)

    def forward(self, x):
        # apply convolutions
        y = self.c1(x).max_pool().relu()
        y = self.c2(y).max_pool().relu()
        # classify
        y = self.l1(y.reshape(-1, 5 * 5 * 16))
        return y


def test_simple_module_descends() -> None:
    light.manual_seed(0)
    f = SimpleModule()
    assert [n for n, _ in f.named_parameters()] == ["a", "b", "c"]
    optim = light.optim.SGD(f.parameters(), lr=0.1)
    first = f().sum().item()
    for _ in range(20):
        optim.zero_grad()
        f().backward(allow_fill=True)
        optim.step()
    assert f().sum().item() < first - 100


def test_cnn_equals_torch() -> None:
    light.manual_seed(0)
    model = CNN()
    names = ["c1.weight", "c1.bias", "c2.weight", "c2.bias", "l1.weight", "l1.bias"]
    assert [n for n, _ in model.named_parameters()] == names
    x = np.random.default_rng(0).standard_normal((4, 1, 28, 28)).astype(np.float32)
    y = model(light.tensor(x, requires_grad=False))
    c1, c2, l1 = torch.nn.Conv2d(1, 8, 3), torch.nn.Conv2d(8, 16, 3), torch.nn.Linear(400, 10)
    theirs = torch.nn.ModuleDict({"c1": c1, "c2": c2, "l1": l1})
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in model.state_dict().items()})
    pool = torch.nn.functional.max_pool2d
    expected = pool(c2(pool(c1(torch.tensor(x)), 2).relu()), 2).relu()
    expected = l1(expected.reshape(-1, 400))
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    y.backward(allow_fill=True)
    expected.sum().backward()
    grads = {k: p.grad.numpy() for k, p in theirs.named_parameters()}
    for name, p in model.named_parameters():
        np.testing.assert_allclose(p.grad.numpy(), grads[name], rtol=1e-3, atol=1e-4)


def test_map_and_load_parameters() -> None:
    module = CNN()
    optim = light.optim.SGD(module.parameters(), lr=0.1)
    module.map_parameters(lambda p: p)
    module(light.ones(1, 1, 28, 28)).backward(allow_fill=True)
    optim.step()  # nothing was replaced
    module.load_parameters({"l1.bias": np.arange(10.0)})
    assert module.l1.bias.tolist() == list(range(10))
    optim.step()  # values were copied in place
    module.map_parameters(lambda p: p.double())
    module(light.ones(1, 1, 28, 28, dtype="float64")).backward(allow_fill=True)
    with pytest.raises(OptimizerError, match="after"):
        optim.step()


def test_state_survives_a_file(tmp_path) -> None:
    a, b = CNN(), CNN()
    light.save(a.state_dict(), tmp_path / "cnn.npz")
    b.load_state_dict(light.load(tmp_path / "cnn.npz"))
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())
