"""What a user writes, for the type checker alone: `test_typing.py` has mypy read it strictly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import assert_type

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.autograd.ops.reduction import ValuesIndices
from lightgrad.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, kernel_size=3)
        self.l1 = nn.Linear(13 * 13 * 8, 10)
        self.scale = light.ones(1)

    def forward(self, x: light.Tensor) -> light.Tensor:
        y = self.c1.forward(x).max_pool().relu()
        assert_type(y, light.Tensor)
        return self.l1.forward(y.reshape(-1, 13 * 13 * 8)) * self.scale


def methods(t: light.Tensor, c: light.CpuTensor) -> None:
    """Tensor methods are known, and keep the class of the tensor."""
    assert_type(t.exp().sum(dim=0, keepdim=True), light.Tensor)
    assert_type(c.exp(), light.CpuTensor)
    assert_type(t.conv2d(t, None, stride=2, padding="same"), light.Tensor)
    assert_type(2 * t + t / 2 - t @ t.T, light.Tensor)
    assert_type(t == 1, light.Tensor)
    assert_type(t[0, ..., None], light.Tensor)
    assert_type(t.max(), light.Tensor)
    assert_type(t.max(dim=1), ValuesIndices)
    assert_type(t.split(2), tuple[light.Tensor, ...])
    assert_type(t.float().detach().requires_grad_(), light.Tensor)
    assert_type(t.allclose(t), bool)
    assert_type(list(t), list[light.Tensor])
    t -= 0.1 * t.grad
    t.add_(1).clamp_(0, 1)
    t.exp(1)  # type: ignore[call-arg]
    t.sum(keepdim="yes")  # type: ignore[arg-type]


def functions(t: light.Tensor) -> None:
    """So are the functions of the same names, which take arrays and numbers too."""
    assert_type(light.exp(np.ones(3)), light.Tensor)
    assert_type(light.sum(t, dim=(0, 1)), light.Tensor)
    assert_type(light.cat([t, t], dim=0), light.Tensor)
    assert_type(light.einsum("ij,jk->ik", t, t), light.Tensor)
    assert_type(light.where(t > 0, t, 0.0), light.Tensor)
    assert_type(light.sort(t), ValuesIndices)
    assert_type(nn.functional.cross_entropy(t, t), light.Tensor)
    light.tanh(t, dim=1)  # type: ignore[call-arg]


@light.no_grad()
def decorated(x: light.Tensor) -> light.Tensor:
    return x.opencl().cpu() + x.to(light.float64)


def training() -> float:
    data = TensorDataset(np.zeros((4, 1, 28, 28), np.float32), np.arange(4))
    model = Net()
    assert_type(model.parameters(), Iterator[light.Tensor])
    optimizer = light.optim.Adam(model.parameters(), lr=1e-3)
    schedule = light.optim.lr_scheduler.StepLR(optimizer, step_size=1)
    loss = light.zeros(())
    for x, y in DataLoader(data, batch_size=2, shuffle=True, seed=0):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        light.optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    schedule.step()
    with light.no_grad():
        model.train().eval()
    assert_type(decorated(loss), light.Tensor)
    return float(loss)


def misspelt(x: light.Tensor, net: Net) -> None:
    """Names that are not there: an ignore that ignores nothing is an error itself."""
    print(light.expp)  # type: ignore[attr-defined]
    print(nn.Linaer)  # type: ignore[attr-defined]
    print(nn.functional.reluu)  # type: ignore[attr-defined]
    print(nn.init.zeroes_)  # type: ignore[attr-defined]
    print(light.optim.Adm)  # type: ignore[attr-defined]
    print(light.optim.lr_scheduler.StepLr)  # type: ignore[attr-defined]
    print(light.data.DataLoder)  # type: ignore[attr-defined]
    print(light.autograd.gradchek)  # type: ignore[attr-defined]
    print(light.opencl.synchronise)  # type: ignore[attr-defined]
    print(x.sofmax(dim=0))  # type: ignore[attr-defined]
    print(x.exp().summ())  # type: ignore[attr-defined]
    print(x.shpae)  # type: ignore[attr-defined]
    x.requires_gard = True  # type: ignore[attr-defined]
    print(net.l2)  # type: ignore[attr-defined]
    print(net.c1.wieght)  # type: ignore[attr-defined]
    print(net.parametres())  # type: ignore[attr-defined]
