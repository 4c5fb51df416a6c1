"""Optimizers on OpenCL: the numbers of the CPU, and few launches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.ops.optimize import Update
from lightgrad.optim import clip_grad_norm_, clip_grad_value_
from tests.backends import backend

SHAPES = [(8, 1, 3, 3), (8,), (70, 33), (), (3, 1, 5), (0, 4), (5000,)]

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.2, "maximize": True}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1}),
    ("AdaBelief", {"lr": 0.01, "eps": 1e-8, "amsgrad": True}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.9, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.05, "lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {"lr": 0.5, "weight_decay": 0.1}),
]
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]


def params(device: str, dtype: str = "float32") -> list[Any]:
    rng = np.random.default_rng(0)
    values = [np.asarray(rng.standard_normal(s), dtype) for s in SHAPES]
    return [light.tensor(v, device=device) for v in values]


def gradients(ps: list[Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    for p in ps:
        # away from zero, where the sign decides the whole step of some optimizers
        g = rng.uniform(0.5, 1.5, p.shape) * rng.choice([-1, 1], p.shape)
        p.grad = light.tensor(np.asarray(g, p.dtype), device=p.device, requires_grad=False)


def train(device: str, name: str, options: dict[str, Any], dtype: str, steps: int = 20) -> Any:
    ps = params(device, dtype)
    optimizer = getattr(light.optim, name)(ps, **options)
    for step in range(steps):
        gradients(ps, step)
        for group in optimizer.param_groups:
            group["lr"] = options["lr"] / (1 + 0.1 * step)
        optimizer.step()
    return [p.numpy() for p in ps], optimizer


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, options", CASES, ids=IDS)
def test_same_as_on_the_cpu(name: str, options: dict[str, Any], dtype: str) -> None:
    backend("opencl")
    fallback.host_calls.clear()
    found, optimizer = train("opencl", name, options, dtype)
    expected, other = train("cpu", name, options, dtype)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    states = zip(optimizer.state.values(), other.state.values(), strict=True)
    for mine, theirs in states:
        for key, value in theirs.items():
            if key == "step":
                assert mine[key] == value
            else:
                np.testing.assert_allclose(
                    mine[key].numpy(), value.numpy(), rtol=tolerance, atol=tolerance
                )
    assert not fallback.host_calls


def test_work_groups_as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """There a group of work-items updates what one of them does on a processor."""
    monkeypatch.setattr(backend("opencl").cl(), "is_cpu", False)
    monkeypatch.setattr(backend("opencl").cl(), "team", 128)
    options = {"lr": 0.01, "amsgrad": True}
    found, expected = (train(d, "AdamW", options, "float32", 5)[0] for d in ("opencl", "cpu"))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_one_launch_for_all_parameters(launches: list[str]) -> None:
    backend("opencl")
    ps = params("opencl")
    optimizer = light.optim.Adam(ps)
    gradients(ps, 0)
    for _ in range(2):  # in the first step the state is a constant, in a kernel of its own
        optimizer.step()
    kernels = len(ps[0].data.device.kernels)
    del launches[:]
    for step in range(3):
        optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
        optimizer.step()
    assert len(launches) == 3
    assert len(ps[0].data.device.kernels) == kernels


def test_many_parameters_take_several_launches(launches: list[str]) -> None:
    """Kernels have limited room for arguments."""
    device = backend("opencl").cl()
    n = device.info.max_parameter_size // 32
    ps = [light.full((i % 7 + 1,), float(i), device="opencl") for i in range(n)]
    for p in ps:
        p.grad = light.ones(p.shape, device="opencl", requires_grad=False)
    del launches[:]
    light.optim.SGD(ps, lr=0.5).step()
    for i, p in enumerate(ps):
        assert p.tolist() == [i - 0.5] * (i % 7 + 1)


def test_layouts() -> None:
    """Gradients, parameters and state in other orders of memory."""
    backend("opencl")
    found = []
    for device in ("cpu", "opencl"):
        base = light.tensor(np.arange(12.0, dtype=np.float32).reshape(3, 4), device=device)
        turned = base.detach().T.requires_grad_()
        part = base.detach().clone()[:, 1:3].requires_grad_()
        plain = base.detach().clone().requires_grad_()
        ps = [turned, part, plain]
        optimizer = light.optim.Adam(ps, lr=0.1)
        for _ in range(3):
            loss = (turned * turned).sum() + (part * part).sum() + (plain.T * base.detach().T).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found.append([p.numpy() for p in [*ps, base]])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)


def test_parameters_that_share_memory() -> None:
    backend("opencl")
    base = light.zeros(6, device="opencl", requires_grad=False)
    ps = [base[:4].detach().requires_grad_(), base[2:].detach().requires_grad_()]
    for p in ps:
        p.grad = light.ones(4, device="opencl", requires_grad=False)
    light.optim.SGD(ps, lr=1.0).step()
    assert base.tolist() == [-1, -1, -2, -2, -1, -1]


def test_recorded_values_are_those_from_before() -> None:
    """What was computed from a parameter, but has not run, does not see its new values."""
    backend("opencl")
    p = light.tensor([1.0, 2.0], device="opencl")
    with light.no_grad():
        before = p * 10
    (p * p).sum().backward()
    light.optim.SGD([p], lr=0.5).step()
    assert before.tolist() == [10, 20]
    assert p.tolist() == [0, 0]


def test_backward_notices_the_step() -> None:
    backend("opencl")
    p = light.tensor([1.0, 2.0], device="opencl")
    loss = (p * p).sum()
    p.grad = light.ones(2, device="opencl", requires_grad=False)
    light.optim.SGD([p], lr=0.5).step()
    with pytest.raises(light.errors.InplaceError):
        loss.backward()


def test_devices_in_one_group() -> None:
    backend("opencl")
    ps = [light.ones(2, device="cpu"), light.ones(2, device="opencl")]
    for p in ps:
        p.grad = p.detach().clone()
    light.optim.SGD(ps, lr=0.25).step()
    assert [p.tolist() for p in ps] == [[0.75, 0.75]] * 2


def test_closure_and_state_dict() -> None:
    backend("opencl")
    ps = params("opencl")
    optimizer = light.optim.Adam(ps, lr=0.1)
    gradients(ps, 1)
    optimizer.step()
    others = params("opencl")
    second = light.optim.Adam(others, lr=0.1)
    second.load_state_dict(optimizer.state_dict())
    for a, b in zip(others, ps, strict=True):
        light.no_grad()(a.copy_)(b)
    for q, o in ((ps, optimizer), (others, second)):
        gradients(q, 2)
        o.step()
    for a, b in zip(others, ps, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_maximum_keeps_nan() -> None:
    backend("opencl")
    update = Update(
        lambda on, p, g, c, s: p.maximum(c.low).minimum(c.high),
        frozenset(),
        (),
        {"low": -1.0, "high": 1.0},
    )
    values = np.array([np.nan, -3.0, 3.0, 0.5] * 5, np.float32)
    t = light.tensor(values, device="opencl", requires_grad=False).apply_update_(update)
    np.testing.assert_array_equal(t.numpy(), np.clip(values, -1, 1))


def test_clipping() -> None:
    backend("opencl")
    found = []
    for device in ("cpu", "opencl"):
        ps = params(device)
        gradients(ps, 3)
        norm = clip_grad_norm_(ps, 1.0).item()
        first = [p.grad.numpy() for p in ps]
        clip_grad_value_(ps, 1e-3)
        found.append(([norm], first, [p.grad.numpy() for p in ps]))
    for mine, theirs in zip(found[1], found[0], strict=True):
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8)
