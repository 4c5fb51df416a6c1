"""Every schedule gives torch's rates, momenta and warnings."""

from __future__ import annotations

import io
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad import optim
from lightgrad.autograd import CpuTensor
from lightgrad.errors import OptimizerError, StateDictError
from lightgrad.optim import lr_scheduler as ours
from tests.optim.pairs import params

theirs = torch.optim.lr_scheduler

CASES: list[tuple[str, dict[str, Any]]] = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 1, "gamma": 0.9}),
    ("MultiStepLR", {"milestones": [3, 10, 10, 30], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 20}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30}),
    ("CosineAnnealingLR", {"T_max": 50}),
    ("CosineAnnealingLR", {"T_max": 9, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
    ("LambdaLR", {"lr_lambda": lambda t: 1 / (1 + t)}),
    ("LambdaLR", {"lr_lambda": [lambda t: 0.9**t, lambda t: 1.0 + t]}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 50}),
    ("OneCycleLR", {"max_lr": [0.5, 1.0], "epochs": 5, "steps_per_epoch": 11}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 55, "three_phase": True}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 60, "anneal_strategy": "linear"}),
    (
        "OneCycleLR",
        {
            "max_lr": 0.5,
            "total_steps": 52,
            "pct_start": 0.4,
            "anneal_strategy": "linear",
            "three_phase": True,
            "base_momentum": 0.7,
            "max_momentum": [0.8, 0.9],
            "div_factor": 10.0,
            "final_div_factor": 100.0,
        },
    ),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 50, "cycle_momentum": False}),
]

# without the options: a lambda prints its address, which differs between workers
CASE_NAMES = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]

KEYS = ("lr", "momentum", "betas", "initial_lr", "max_lr", "min_lr")


def pair(optimizer: str = "SGD", **options: Any) -> tuple[Any, Any]:
    """The same optimizer with two groups in both libraries."""
    found = []
    for library, values in zip((optim, torch.optim), params(), strict=True):
        groups = [{"params": values[:1]}, {"params": values[1:], "lr": 0.3}]
        found.append(getattr(library, optimizer)(groups, lr=0.1, **options))
    return found[0], found[1]


def same(a: Any, b: Any) -> None:
    for mine, other in zip(a.param_groups, b.param_groups, strict=True):
        for key in KEYS:
            assert (key in mine) == (key in other)
            if key in mine:
                np.testing.assert_allclose(mine[key], other[key], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=CASE_NAMES)
def test_fifty_steps(name: str, options: dict[str, Any], optimizer: str) -> None:
    a, b = pair(optimizer)
    mine, other = getattr(ours, name)(a, **options), getattr(theirs, name)(b, **options)
    same(a, b)
    for _ in range(50):
        a.step()
        b.step()
        mine.step()
        other.step()
        same(a, b)
        np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-9, atol=1e-15)
        assert mine.last_epoch == other.last_epoch


def test_a_first_phase_without_steps_is_over_at_once() -> None:
    """Where torch divides by zero."""
    optimizer, _ = pair()
    schedule = ours.OneCycleLR(optimizer, 0.5, total_steps=10, pct_start=0.1)
    rates = []
    for _ in range(10):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    falling = 0.5 * (1 + np.cos(np.pi * np.arange(10) / 9)) / 2
    np.testing.assert_allclose(rates, falling, atol=1e-5)


def through_a_file(state: Any) -> Any:
    file = io.BytesIO()
    light.save(state, file)
    file.seek(0)
    return light.load(file)


@pytest.mark.parametrize("way", [lambda s: pickle.loads(pickle.dumps(s)), through_a_file])
@pytest.mark.parametrize(("name", "options"), CASES, ids=CASE_NAMES)
def test_a_schedule_goes_on_from_its_state(name: str, options: dict[str, Any], way: Any) -> None:
    a, _ = pair()
    first = getattr(ours, name)(a, **options)
    a.step()
    for _ in range(12):
        first.step()
    state, groups = way((first.state_dict(), a.state_dict()))
    b, _ = pair()
    second = getattr(ours, name)(b, **options)
    b.load_state_dict(groups)
    second.load_state_dict(state)
    for _ in range(12):
        first.step()
        second.step()
        same(a, b)
        assert first.get_last_lr() == second.get_last_lr()


@pytest.mark.parametrize("name", ["StepLR", "ExponentialLR", "CosineAnnealingLR", "LinearLR"])
def test_last_epoch_continues_as_in_torch(name: str) -> None:
    options = {
        "StepLR": {"step_size": 3},
        "ExponentialLR": {"gamma": 0.9},
        "CosineAnnealingLR": {"T_max": 12},
        "LinearLR": {"total_iters": 12},
    }[name]
    a, b = pair()
    for group in [*a.param_groups, *b.param_groups]:
        group["initial_lr"] = 0.4
    mine = getattr(ours, name)(a, **options, last_epoch=4)
    other = getattr(theirs, name)(b, **options, last_epoch=4)
    same(a, b)
    for _ in range(20):
        a.step()
        b.step()
        mine.step()
        other.step()
        same(a, b)


def test_two_schedules_on_one_optimizer_multiply() -> None:
    a, b = pair()
    mine = [ours.ExponentialLR(a, 0.9), ours.StepLR(a, 2, 0.5)]
    other = [theirs.ExponentialLR(b, 0.9), theirs.StepLR(b, 2, 0.5)]
    for _ in range(6):
        a.step()
        b.step()
        for scheduler in [*mine, *other]:
            scheduler.step()
        same(a, b)


@pytest.mark.parametrize(
    "options",
    [
        {"patience": 2},
        {"patience": 1, "factor": 0.5, "cooldown": 3},
        {"patience": 1, "mode": "max", "threshold": 0.05},
        {"patience": 1, "threshold": 0.2, "threshold_mode": "abs"},
        {"patience": 0, "mode": "max", "threshold": 0.1, "threshold_mode": "abs"},
        {"patience": 0, "min_lr": [0.01, 0.2], "eps": 1e-3},
    ],
    ids=str,
)
def test_reduce_on_plateau(options: dict[str, Any]) -> None:
    a, b = pair()
    mine, other = ours.ReduceLROnPlateau(a, **options), theirs.ReduceLROnPlateau(b, **options)
    rng = np.random.default_rng(0)
    for t in range(50):
        metric = float(np.exp(-t / 10) + 0.1 * rng.standard_normal())
        mine.step(CpuTensor(np.array(metric)) if t % 2 else metric)
        other.step(metric)
        same(a, b)
        assert mine.get_last_lr() == pytest.approx(other.get_last_lr())
    state = mine.state_dict()
    assert (state["best"], state["num_bad_epochs"]) == (other.best, other.num_bad_epochs)
    fresh = ours.ReduceLROnPlateau(pair()[0], **options)
    fresh.load_state_dict(state)
    assert fresh.state_dict() == state


def test_a_scheduler_step_before_the_first_optimizer_step_warns() -> None:
    a, _ = pair()
    scheduler = ours.ExponentialLR(a, 0.5)
    with pytest.warns(UserWarning, match="scheduler.step.. was called before optimizer.step"):
        scheduler.step()
    assert scheduler.get_last_lr() == [0.05, 0.15]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step()
        b, _ = pair()
        scheduler = ours.ExponentialLR(b, 0.5)
        b.step()
        scheduler.step()


def test_the_optimizer_uses_the_rate() -> None:
    p = CpuTensor.ones((1,), "float64")
    p.grad = CpuTensor.ones((1,), "float64", requires_grad=False)
    optimizer = optim.SGD([p], lr=0.5)
    scheduler = ours.ExponentialLR(optimizer, 0.5)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    assert p.item() == 1 - 0.5 - 0.25 - 0.125


def test_a_schedule_of_ones_own() -> None:
    class Half(ours.LRScheduler):
        def get_lr(self) -> list[float]:
            return [base / 2**self.last_epoch for base in self.base_lrs]

    a, _ = pair()
    scheduler = Half(a)
    a.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.05, 0.15]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda o: ours.StepLR(3, 1), "StepLR: the first argument must be an optimizer, not int"),
        (lambda o: ours.StepLR(o, 0), "StepLR: step_size must be a positive int, got 0"),
        (lambda o: ours.StepLR(o, 2, last_epoch=3), "last_epoch=3 .* group 0 has no 'initial_lr'"),
        (lambda o: ours.LambdaLR(o, [abs]), "LambdaLR: lr_lambda has 1 entries for 2"),
        (lambda o: ours.LinearLR(o, 0.0), r"start_factor must be in \(0, 1\]"),
        (lambda o: ours.ConstantLR(o, 2.0), r"ConstantLR: factor must be in \(0, 1\], got 2.0"),
        (lambda o: ours.CosineAnnealingLR(o, 0), "T_max must be a positive int"),
        (lambda o: ours.StepLR(o, 2, gamma=None), "StepLR: gamma must be a number, got None"),
        (lambda o: ours.LinearLR(o, "x"), "LinearLR: start_factor must be a number, got 'x'"),
        (lambda o: ours.MultiStepLR(o, 30), "MultiStepLR: milestones must be ints, got 30"),
        (lambda o: ours.LambdaLR(o, 0.9), "LambdaLR: lr_lambda must be a function, got 0.9"),
        (lambda o: ours.ExponentialLR(o, 0.9, "x"), "ExponentialLR: last_epoch must be an int"),
        (lambda o: ours.OneCycleLR(o, 0.1), "total_steps, or both epochs and steps_per_epoch"),
        (lambda o: ours.OneCycleLR(o, 0.1, -5), "total_steps must be a positive int, got -5"),
        (lambda o: ours.OneCycleLR(o, 0.1, 5, pct_start=2), "pct_start must be in"),
        (lambda o: ours.OneCycleLR(o, 0.1, 5, anneal_strategy="x"), "'cos' or 'linear', got 'x'"),
        (lambda o: ours.OneCycleLR(o, [0.1], 5), "max_lr has 1 entries for 2 parameter groups"),
        (lambda o: ours.ReduceLROnPlateau(o, "best"), "mode must be 'min' or 'max', got 'best'"),
        (lambda o: ours.ReduceLROnPlateau(o, factor=1.0), "factor must be below 1"),
        (
            lambda o: ours.ReduceLROnPlateau(o, threshold_mode="x"),
            "threshold_mode must be 'rel' or 'abs'",
        ),
    ],
)
def test_wrong_arguments(make: Any, match: str) -> None:
    with pytest.raises(OptimizerError, match=match):
        make(pair()[0])


def test_a_cycle_needs_momentum_or_betas_and_ends() -> None:
    p = CpuTensor.ones((1,))
    with pytest.raises(OptimizerError, match="Adagrad has neither momentum nor betas"):
        ours.OneCycleLR(optim.Adagrad([p]), 0.1, 5)
    optimizer = optim.SGD([p])
    scheduler = ours.OneCycleLR(optimizer, 0.1, 3)
    optimizer.step()
    for _ in range(3):
        scheduler.step()
    with pytest.raises(OptimizerError, match="step 4 of a cycle of 3 steps"):
        scheduler.step()


def test_a_state_of_another_schedule() -> None:
    a, _ = pair()
    state = ours.StepLR(a, 3).state_dict()
    with pytest.raises(StateDictError, match=r"ExponentialLR: .*unknown \['step_size'\]"):
        ours.ExponentialLR(a, 0.5).load_state_dict(state)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (None, "StepLR: expected the dict that state_dict.. of a schedule gives, not NoneType"),
        ([3], "not list"),
        ({3: 4, "a": 1}, "StepLR: the state dict does not fit: missing .* unknown .3, 'a'."),
        ({"last_epoch": "x"}, "StepLR: 'last_epoch' of the state dict must be an int, not 'x'"),
        ({"last_epoch": 0.5}, "'last_epoch' of the state dict must be an int, not 0.5"),
        ({"gamma": None}, "'gamma' of the state dict must be a number, not None; nothing was"),
        ({"base_lrs": None}, "'base_lrs' of the state dict must be a list of 1 numbers"),
        ({"base_lrs": [0.1, 0.2]}, "a list of 1 numbers, one for each parameter group"),
        ({"_last_lr": ["x"]}, "'_last_lr' of the state dict must be a list of 1 numbers"),
    ],
)
def test_a_malformed_state_of_a_schedule(change: Any, match: str) -> None:
    scheduler = ours.StepLR(optim.SGD([CpuTensor.ones((2,))], 0.5), 1)
    before = scheduler.state_dict()
    known = isinstance(change, dict) and change.keys() <= before.keys()
    with pytest.raises(StateDictError, match=match):
        scheduler.load_state_dict({**before, **change} if known else change)
    assert scheduler.state_dict() == before


def test_a_state_whose_numbers_have_another_type() -> None:
    optimizer = optim.SGD([CpuTensor.ones((2,))], 1)
    scheduler = ours.StepLR(optimizer, 1, gamma=1)
    scheduler.load_state_dict(
        ours.StepLR(optim.SGD([CpuTensor.ones((2,))], 0.5), 1, 0.5).state_dict()
    )
    assert scheduler.gamma == 0.5 and scheduler.base_lrs == [0.5]
