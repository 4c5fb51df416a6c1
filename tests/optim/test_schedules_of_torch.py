"""Schedules beside torch's: 200 rates, steps to an epoch, states of either library."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch

import lightgrad as light
from lightgrad.errors import OptimizerError


class Halves:
    """A function that is an object, whose attributes belong to the state."""

    def __init__(self, by: float = 0.5) -> None:
        self.by = by

    def __call__(self, t: float) -> float:
        return self.by if t % 7 == 0 else 1.0


def two(made: Any, s: Any, *more: Any) -> Any:
    return s.SequentialLR(made, [s.ConstantLR(made, 0.1), *more], [5, 40][: len(more)])


MAKE: dict[str, Any] = {
    "step": lambda o, s: s.StepLR(o, 30, 0.3),
    "multistep": lambda o, s: s.MultiStepLR(o, [3, 50, 50], 0.5),
    "constant": lambda o, s: s.ConstantLR(o, 0.3, 7),
    "linear": lambda o, s: s.LinearLR(o, 0.2, 0.7, 50),
    "exponential": lambda o, s: s.ExponentialLR(o, 0.98),
    "cosine": lambda o, s: s.CosineAnnealingLR(o, 33, 0.01),
    "lambda": lambda o, s: s.LambdaLR(o, [lambda t: 1 / (1 + t), Halves()]),
    "multiplicative": lambda o, s: s.MultiplicativeLR(o, lambda t: 0.99),
    "polynomial": lambda o, s: s.PolynomialLR(o, 150, 0.9),
    "restarts": lambda o, s: s.CosineAnnealingWarmRestarts(o, 7, 1, 0.01),
    "longer restarts": lambda o, s: s.CosineAnnealingWarmRestarts(o, 5, 3),
    "cyclic": lambda o, s: s.CyclicLR(o, 0.01, [0.1, 0.2], 10),
    "cyclic halves": lambda o, s: s.CyclicLR(o, 0.01, 0.1, 10, 23, "triangular2"),
    "cyclic exp": lambda o, s: s.CyclicLR(o, 0.01, 0.1, 10, None, "exp_range", 0.99),
    "cyclic own": lambda o, s: s.CyclicLR(
        o, 0.01, 0.1, 10, scale_fn=Halves(), cycle_momentum=False
    ),
    "one cycle": lambda o, s: s.OneCycleLR(o, [0.1, 0.4], 210, three_phase=True),
    "plain cycle": lambda o, s: s.OneCycleLR(o, 0.1, 210, anneal_strategy="linear"),
    "sequential": lambda o, s: two(o, s, s.ExponentialLR(o, 0.9)),
    "sequential three": lambda o, s: two(
        o, s, s.CosineAnnealingWarmRestarts(o, 6), s.LambdaLR(o, lambda t: 0.9**t)
    ),
    "warm up": lambda o, s: s.SequentialLR(
        o, [s.LinearLR(o, 0.01, 1.0, 10), s.CosineAnnealingLR(o, 190)], [10]
    ),
    "sequential steps": lambda o, s: two(o, s, s.StepLR(o, 3), s.PolynomialLR(o, 40)),
    "chained": lambda o, s: s.ChainedScheduler([s.ConstantLR(o, 0.1), s.ExponentialLR(o, 0.9)]),
    "swa": lambda o, s: _swa(s).SWALR(o, 0.05),
    "swa at once": lambda o, s: _swa(s).SWALR(o, [0.05, 0.5], 0),
    "swa line": lambda o, s: _swa(s).SWALR(o, 0.05, 30, "linear"),
}


def _swa(schedules: Any) -> Any:
    return torch.optim.swa_utils if schedules is torch.optim.lr_scheduler else schedules


def optimizers(kind: str = "SGD") -> list[Any]:
    options = {"momentum": 0.9} if kind == "SGD" else {}
    made = []
    for library, p in ((light, light.ones), (torch, torch.ones)):
        groups = [{"params": [p(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.3)]
        made.append(getattr(library.optim, kind)(groups, **options))
    return made


def rates(optimizer: Any) -> list[float]:
    names = ("lr", "momentum") if "momentum" in optimizer.defaults else ("lr",)
    found = [float(g[n]) for g in optimizer.param_groups for n in names]
    return found + [b for g in optimizer.param_groups for b in g.get("betas", ())]


def schedules(name: str, kind: str = "SGD") -> tuple[list[Any], list[Any]]:
    both = optimizers(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        libraries = (light.optim.lr_scheduler, torch.optim.lr_scheduler)
        return both, [MAKE[name](o, s) for o, s in zip(both, libraries, strict=True)]


def go_on(both: list[Any], made: list[Any], times: int) -> None:
    for _ in range(times):
        for optimizer, scheduler in zip(both, made, strict=True):
            optimizer.step()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scheduler.step()
        assert rates(both[0]) == pytest.approx(rates(both[1]), rel=1e-12, abs=1e-14)
        assert made[0].get_last_lr() == pytest.approx(made[1].get_last_lr(), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", MAKE)
def test_two_hundred_rates(name: str, kind: str) -> None:
    both, made = schedules(name, kind)
    assert rates(both[0]) == pytest.approx(rates(both[1]), rel=1e-12)
    go_on(both, made, 200)


@pytest.mark.parametrize("name", [n for n in MAKE if not n.startswith(("seq", "chain", "warm"))])
def test_steps_to_an_epoch(name: str) -> None:
    both, made = schedules(name)
    for epoch in (0, 3, 17, 40, 16, 200):
        for scheduler in made:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scheduler.step(epoch)
            assert scheduler.last_epoch == epoch
        assert rates(both[0]) == pytest.approx(rates(both[1]), rel=1e-12, abs=1e-14)


def test_fractions_of_an_epoch() -> None:
    both, made = schedules("longer restarts")
    for epoch in (0.25, 4.9, 5.5, 21.75):
        for scheduler in made:
            scheduler.step(epoch)
        assert rates(both[0]) == pytest.approx(rates(both[1]), rel=1e-12)


@pytest.mark.parametrize("name", MAKE)
def test_states_have_torchs_names_and_go_both_ways(name: str) -> None:
    both, made = schedules(name)
    go_on(both, made, 9)
    states = [scheduler.state_dict() for scheduler in made]
    assert states[0].keys() == states[1].keys()
    others, twins = schedules(name)
    for i in (0, 1):
        others[i].load_state_dict(both[1 - i].state_dict())
        twins[i].load_state_dict(states[1 - i])
    for _ in range(30):
        for optimizer, scheduler in zip([*both, *others], [*made, *twins], strict=True):
            optimizer.step()
            scheduler.step()
        for optimizer in (both[0], *others):
            assert rates(optimizer) == pytest.approx(rates(both[1]), rel=1e-9, abs=1e-14)


def test_the_state_of_a_function_that_is_an_object() -> None:
    both, _ = schedules("lambda")
    own = Halves(0.25)
    first = light.optim.lr_scheduler.LambdaLR(both[0], [own, lambda t: 1.0])
    state = first.state_dict()
    assert state["lr_lambdas"] == [{"by": 0.25}, None]
    own.by = 1.0
    first.load_state_dict(state)
    assert own.by == 0.25 and first.lr_lambdas[0] is own


def test_a_state_of_an_older_version_is_read() -> None:
    both, made = schedules("one cycle")
    go_on(both, made, 3)
    state = made[0].state_dict()
    for new in ("_is_initial", "_get_lr_called_within_step", "_schedule_phases"):
        del state[new]
    state["anneal_strategy"] = state.pop("_anneal_func_type")
    state |= {"_calls": state.pop("_step_count") - 1, "_steps_before": 0, "phases": []}
    made[0].load_state_dict(state)
    go_on(both, made, 20)


def test_a_rate_that_is_a_tensor_is_changed_in_place() -> None:
    rate = light.tensor(1.0, requires_grad=False)
    optimizer = light.optim.SGD([light.ones(1)], rate)
    scheduler = light.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate and rate.item() == 0.5


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda o, s: s.SequentialLR(o, [s.ConstantLR(o)], [2]), "one more than the number"),
        (
            lambda o, s: s.SequentialLR(o, [s.ConstantLR(optimizers()[0])], []),
            "belong to the same optimizer, and that at index 0, a ConstantLR, has another",
        ),
        (lambda o, s: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []), "has no formula"),
        (lambda o, s: s.ChainedScheduler([]), "at least one scheduler"),
        (lambda o, s: s.CyclicLR(o, 0.1, 0.2, mode="x"), "mode must be 'triangular'"),
        (lambda o, s: s.CosineAnnealingWarmRestarts(o, 0), "T_0 must be a positive int, got 0"),
        (lambda o, s: s.CosineAnnealingWarmRestarts(o, 2).step(-1), "must not be negative"),
        (lambda o, s: s.SWALR(o, 0.1, -1), "anneal_epochs must be an int from 0 on"),
        (lambda o, s: s.SWALR(o, 0.1, 1, "x"), "anneal_strategy must be 'cos' or 'linear'"),
    ],
)
def test_what_cannot_be(make: Any, match: str) -> None:
    with pytest.raises(OptimizerError, match=match):
        make(optimizers()[0], light.optim.lr_scheduler)


def test_an_epoch_is_deprecated() -> None:
    scheduler = light.optim.lr_scheduler.StepLR(optimizers()[0], 2)
    scheduler.optimizer.step()
    with pytest.warns(UserWarning, match="step.epoch. is deprecated"):
        scheduler.step(4)
