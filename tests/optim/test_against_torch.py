"""Every optimizer takes the same steps as torch's, in float32 and float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lightgrad import optim
from lightgrad.autograd import CpuTensor
from lightgrad.autograd.cpu.ops import optimize as kernel
from tests.optim.pairs import close, params, set_grads

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.01, "amsgrad": True}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.2, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.0}),
    ("RMSprop", {}),
    ("RMSprop", {"alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"lr": 1e-3, "momentum": 0.5, "centered": True, "weight_decay": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("Adadelta", {}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.2), "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 3, "weight_decay": 0.1}),
    ("ASGD", {"lr": 0.1, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.1, "weight_decay": 0.1, "d": 1.5, "eps": (1e-3, 1e-2)}),
    ("Adafactor", {"lr": 0.1, "maximize": True}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
]


def pair(name: str, options: dict[str, Any], dtype: str) -> tuple[Any, ...]:
    light, other = params(dtype)
    return (
        light,
        other,
        getattr(optim, name)(light, **options),
        getattr(torch.optim, name)(other, **options),
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_twenty_steps(name: str, options: dict[str, Any], dtype: str) -> None:
    light, other, ours, theirs = pair(name, options, dtype)
    for i in range(20):
        set_grads(light, other, i)
        ours.step()
        theirs.step()
        close(light, other, 1e-6 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_state_has_torchs_names_and_values(name: str, options: dict[str, Any]) -> None:
    light, other, ours, theirs = pair(name, options, "float64")
    for i in range(3):
        set_grads(light, other, i)
        ours.step()
        theirs.step()
    mine, their = ours.state_dict(), theirs.state_dict()
    assert mine.keys() == their.keys()
    for i, entries in their["state"].items():
        expected = {k: v for k, v in entries.items() if v is not None}
        if "step" not in ours.state[light[0]]:
            expected.pop("step", None)
        assert mine["state"].get(i, {}).keys() == expected.keys()
        for key, value in expected.items():
            np.testing.assert_allclose(np.asarray(mine["state"][i][key]), value, rtol=1e-12)
    group = mine["param_groups"][0]
    assert group["params"] == [0, 1, 2]
    assert all(their["param_groups"][0][key] == group[key] for key in group)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta"])
def test_defaults_and_argument_order_are_torchs(name: str) -> None:
    light, other = params()
    ours = getattr(optim, name)(light)
    theirs = getattr(torch.optim, name)(other)
    assert all(theirs.defaults[key] == value for key, value in ours.defaults.items())
    lists = {
        "SGD": (0.1, 0.9, 0, 0.2, True),
        "Adam": (0.1, (0.8, 0.9), 0.2, 0.3, True),
        "AdamW": (0.1, (0.8, 0.9), 0.2, 0.3, True),
        "RMSprop": (0.1, 0.8, 0.2, 0.3, 0.4, True),
        "Adagrad": (0.1, 0.2, 0.3, 0.4, 0.5),
        "Adadelta": (0.1, 0.2, 0.3, 0.4),
    }
    ours = getattr(optim, name)(light, *lists[name])
    theirs = getattr(torch.optim, name)(other, *lists[name])
    assert all(theirs.defaults[key] == value for key, value in ours.defaults.items())


def test_parameters_that_start_late_count_their_own_steps() -> None:
    light, other, ours, theirs = pair("Adam", {"lr": 0.1}, "float64")
    for i in range(6):
        set_grads(light, other, i)
        if i < 3:
            light[1].grad = other[1].grad = None
        ours.step()
        theirs.step()
        close(light, other, 1e-12)
    assert [ours.state[p]["step"] for p in light] == [6, 3, 6]


def test_groups_with_options_of_their_own() -> None:
    light, other = params()
    ours = optim.SGD([{"params": light[:1], "lr": 0.5}, {"params": light[1:]}], 0.1, 0.9)
    theirs = torch.optim.SGD([{"params": other[:1], "lr": 0.5}, {"params": other[1:]}], 0.1, 0.9)
    for i in range(4):
        set_grads(light, other, i)
        ours.step()
        theirs.step()
    close(light, other, 1e-12)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("layout", ["blocks", "transposed parameter", "transposed gradient"])
def test_large_tensors_in_blocks(name: str, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "BLOCK", 16)
    rng = np.random.default_rng(0)
    value, grad = rng.standard_normal((2, 7, 11))  # 77 elements: four blocks and a rest
    p = CpuTensor(value.copy(order="F" if layout == "transposed parameter" else "C"), True)
    t = torch.tensor(value, requires_grad=True)
    options = {"lr": 0.1, "momentum": 0.9} if name == "SGD" else {"lr": 0.1}
    ours, theirs = getattr(optim, name)([p], **options), getattr(torch.optim, name)([t], **options)
    for scale in (1.0, -0.5, 2.0):
        order = "F" if layout == "transposed gradient" else "C"
        p.grad, t.grad = CpuTensor((grad * scale).copy(order=order)), torch.tensor(grad * scale)
        ours.step()
        theirs.step()
        close([p], [t], 1e-12)
        np.testing.assert_array_equal(p.grad.numpy(), grad * scale)  # left as it was


def test_float16_parameters_keep_their_dtype() -> None:
    p = CpuTensor.from_numpy(np.array([1.0, 2.0], np.float16))
    p.grad = CpuTensor(np.array([0.5, -0.5], np.float16))
    optimizer = optim.SGD([p], lr=0.5, momentum=0.9)
    optimizer.step()
    assert p.dtype == np.float16 and optimizer.state[p]["momentum_buffer"].dtype == np.float16
    assert p.tolist() == [0.75, 2.25]


def test_an_empty_parameter_is_no_trouble() -> None:
    p = CpuTensor(np.zeros((0, 3), np.float32), True)
    p.grad = CpuTensor(np.zeros((0, 3), np.float32))
    optim.Adam([p]).step()
    assert p.shape == (0, 3)
