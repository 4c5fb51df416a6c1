"""Optimizers on an accelerator that has neg, add, mul, pow and fill and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lightgrad import optim
from lightgrad.autograd import CpuTensor
from lightgrad.autograd.devices.fallback import host_calls
from tests.optim.accelerator import FiveOps

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "maximize": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.1}),
    ("AdaBelief", {"lr": 0.1}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adagrad", {"initial_accumulator_value": 0.5}),
    ("Adadelta", {}),
]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_the_same_steps_as_on_the_cpu_and_all_on_the_device(name: str, options: Any) -> None:
    start = np.random.default_rng(0).uniform(0.5, 1.5, (3, 2))
    device, host = FiveOps.from_numpy(start), CpuTensor.from_numpy(start)
    on_device = getattr(optim, name)([device], **options)
    on_host = getattr(optim, name)([host], **options)
    before = sum(n for (where, _), n in host_calls.items() if where == "FiveOps")
    for _ in range(5):
        for p, optimizer in ((device, on_device), (host, on_host)):
            optimizer.zero_grad()
            (p**2 + p * 3 - 1 / p).backward(allow_fill=True)
            optimizer.step()
    np.testing.assert_allclose(device.numpy(), host.numpy(), rtol=1e-12)
    state = on_device.state[device].items()
    assert all(type(s) is FiveOps for name, s in state if name != "step")
    after = sum(n for (where, _), n in host_calls.items() if where == "FiveOps")
    assert after == before


def test_one_plain_step_by_hand() -> None:
    p = FiveOps.from_numpy(np.array([1.0, -2.0], np.float32))
    optimizer = optim.SGD([p], lr=0.25)
    (p * p).backward(allow_fill=True)
    optimizer.step()
    assert p.tolist() == [0.5, -1.0]


def test_the_first_momentum_is_not_the_gradient_itself() -> None:
    p = FiveOps.from_numpy(np.array([1.0]))
    optimizer = optim.SGD([p], lr=0.25, momentum=0.9)
    (p * 3).backward(allow_fill=True)
    optimizer.step()
    assert optimizer.state[p]["momentum_buffer"].data is not p.grad.data


def test_the_change_is_noted_on_the_storage() -> None:
    p = FiveOps.from_numpy(np.array([1.0]))
    before = p._watched().modified
    p.grad = FiveOps.from_numpy(np.array([1.0]), requires_grad=False)
    optim.SGD([p], lr=0.25).step()
    assert p.tolist() == [0.75] and p._watched().modified > before


def test_state_moves_between_devices() -> None:
    p, q = CpuTensor.ones((2,)), FiveOps.from_numpy(np.ones(2, np.float32))
    p.grad = CpuTensor.ones((2,), requires_grad=False)
    first, second = optim.SGD([p], momentum=0.9), optim.SGD([q], momentum=0.9)
    first.step()
    second.load_state_dict(first.state_dict())
    assert type(second.state[q]["momentum_buffer"]) is FiveOps
