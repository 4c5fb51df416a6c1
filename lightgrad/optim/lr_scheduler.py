"""Learning rate schedules.  Source: torch.optim.lr_scheduler.

Call ``scheduler.step()`` after ``optimizer.step()``.  Most schedules change the
current rate by a factor, so several can work on one optimizer.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from lightgrad.errors import OptimizerError, StateDictError
from lightgrad.optim.optimizer import Optimizer


class LRScheduler:
    """Base of the schedules: calls :meth:`get_lr` and sets the rates of all groups.

    ``last_epoch`` counts the calls of :meth:`step`.  A value other than -1
    continues a schedule whose groups already carry "initial_lr".  Source:
    torch.optim.lr_scheduler.LRScheduler.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = _checked(self, optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise OptimizerError(
                    f"{self._name}: last_epoch={last_epoch} continues a schedule, but parameter "
                    f"group {i} has no 'initial_lr'; load the optimizer's state dict first"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch + 1
        self._steps_before = optimizer.step_count
        self._calls = 0
        self._starting = True
        self._set(self.get_lr())
        self._starting = False

    @property
    def _name(self) -> str:
        return type(self).__name__

    def get_lr(self) -> list[float]:
        """The rates of the groups for ``last_epoch``, from those before."""
        raise NotImplementedError("a schedule needs get_lr()")

    def get_last_lr(self) -> list[float]:
        """The rates of the groups as the last :meth:`step` set them."""
        return self._last_lr

    def step(self) -> None:
        """Go on to the next rate; a warning when no optimizer step came before."""
        own = type(self.optimizer).step is Optimizer.step
        if not self._calls and own and self.optimizer.step_count == self._steps_before == 0:
            warnings.warn(
                f"{self._name}: scheduler.step() was called before optimizer.step(), so the "
                f"first rate of the schedule is skipped; call optimizer.step() first",
                UserWarning,
                stacklevel=2,
            )
        self._calls += 1
        self.last_epoch += 1
        self._set(self.get_lr())

    def _set(self, rates: list[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        self._last_lr = list(rates)

    def _current(self, factor: float = 1.0) -> list[float]:
        """The current rates times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer (and functions)."""
        return {
            k: v
            for k, v in self.__dict__.items()
            if k != "optimizer" and not k.startswith("_starting")
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue where the schedule with this state was; set the optimizer's state too."""
        expected = self.state_dict().keys()
        missing, unknown = expected - state_dict.keys(), state_dict.keys() - expected
        if missing or unknown:
            raise StateDictError(
                f"{self._name}: the state dict does not fit: missing {sorted(missing)}, "
                f"unknown {sorted(unknown)}"
            )
        self.__dict__.update(state_dict)


class StepLR(LRScheduler):
    """The rate times gamma every ``step_size`` steps.

    .. math:: \\gamma_t = \\gamma_0 \\, \\mathrm{gamma}^{\\lfloor t / n \\rfloor}

    Source: torch.optim.lr_scheduler.StepLR.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        _positive_int(self, "step_size", step_size)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self._starting or self.last_epoch % self.step_size:
            return self._current()
        return self._current(self.gamma)


class MultiStepLR(LRScheduler):
    """The rate times gamma at each milestone.  Source: torch.optim.lr_scheduler.MultiStepLR."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        times = 0 if self._starting else self.milestones[self.last_epoch]
        return self._current(self.gamma**times)


class ExponentialLR(LRScheduler):
    """The rate times gamma at every step.  Source: torch.optim.lr_scheduler.ExponentialLR."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self._current(1.0 if self._starting else self.gamma)


class ConstantLR(LRScheduler):
    """The rate times a factor for the first ``total_iters`` steps.

    Source: torch.optim.lr_scheduler.ConstantLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < factor <= 1:
            raise OptimizerError(f"ConstantLR: factor must be in (0, 1], got {factor!r}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return self._current(self.factor)
        return self._current(1 / self.factor if self.last_epoch == self.total_iters else 1.0)


class LinearLR(LRScheduler):
    """The rate times a factor that goes evenly from one value to another.

    Source: torch.optim.lr_scheduler.LinearLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise OptimizerError(
                f"LinearLR: start_factor must be in (0, 1] and end_factor in [0, 1], got "
                f"{start_factor!r} and {end_factor!r}"
            )
        _positive_int(self, "total_iters", total_iters)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t = self.last_epoch
        if t == 0:
            return self._current(self.start_factor)
        if self._starting or t > self.total_iters:
            return self._current()
        return self._current(self._factor(t) / self._factor(t - 1))

    def _factor(self, t: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * t / self.total_iters


class CosineAnnealingLR(LRScheduler):
    """Half a cosine wave from the initial rate down to ``eta_min``, and back.

    .. math:: \\eta_t = \\eta_{min} + (\\eta_0 - \\eta_{min}) (1 + \\cos(\\pi t / T)) / 2

    Source: torch.optim.lr_scheduler.CosineAnnealingLR.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        _positive_int(self, "T_max", T_max)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self._starting:
            return self._current()
        low, before, now = self.eta_min, self._wave(self.last_epoch - 1), self._wave()
        if (self.last_epoch - 1) % (2 * self.T_max) == self.T_max:  # up again from the bottom
            return [
                lr + (base - low) * (1 - math.cos(math.pi / self.T_max)) / 2
                for lr, base in zip(self._current(), self.base_lrs, strict=True)
            ]
        return [low + (lr - low) * now / before for lr in self._current()]

    def _wave(self, t: int | None = None) -> float:
        return 1 + math.cos(math.pi * (self.last_epoch if t is None else t) / self.T_max)


class LambdaLR(LRScheduler):
    """The initial rate times a function of the step (one, or one per group).

    The functions are not part of the state dict.  Source:
    torch.optim.lr_scheduler.LambdaLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        _checked(self, optimizer)
        self.lr_lambdas = _per_group(self, "lr_lambda", lr_lambda, optimizer)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]

    def state_dict(self) -> dict[str, Any]:
        state = super().state_dict()
        del state["lr_lambdas"]
        return state


class OneCycleLR(LRScheduler):
    """Up to ``max_lr`` and down to almost nothing, once; the momentum the other way.

    Step it after every batch.  Source: torch.optim.lr_scheduler.OneCycleLR;
    Smith and Topin, "Super-Convergence".
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        _checked(self, optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise OptimizerError(
                    "OneCycleLR: give total_steps, or both epochs and steps_per_epoch"
                )
            total_steps = epochs * steps_per_epoch
        _positive_int(self, "total_steps", total_steps)
        if not 0 <= pct_start <= 1:
            raise OptimizerError(f"OneCycleLR: pct_start must be in [0, 1], got {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise OptimizerError(
                f"OneCycleLR: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}"
            )
        self.total_steps, self.anneal_strategy = total_steps, anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.phases = _phases(total_steps, pct_start, three_phase)
        tops = _per_group(self, "max_lr", max_lr, optimizer)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, tops, strict=True):
                first = top / div_factor
                group.update(initial_lr=first, max_lr=top, min_lr=first / final_div_factor)
        if cycle_momentum:
            self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def _start_momentum(self, optimizer: Optimizer, low: Any, high: Any, fresh: bool) -> None:
        self.use_beta1 = "betas" in optimizer.defaults
        if not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise OptimizerError(
                f"OneCycleLR: {type(optimizer).__name__} has neither momentum nor betas; pass "
                f"cycle_momentum=False"
            )
        lows = _per_group(self, "base_momentum", low, optimizer)
        highs = _per_group(self, "max_momentum", high, optimizer)
        if fresh:
            for group, a, b in zip(optimizer.param_groups, lows, highs, strict=True):
                group.update(base_momentum=a, max_momentum=b)
                self._set_momentum(group, b)

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value

    def get_lr(self) -> list[float]:
        t = self.last_epoch
        if t > self.total_steps:
            raise OptimizerError(
                f"OneCycleLR: step {t} of a cycle of {self.total_steps} steps; raise total_steps"
            )
        # Past the end of the cycle its last phase goes on, as in torch.
        i = next((i for i, phase in enumerate(self.phases) if t <= phase[0]), -1)
        end, lr_from, lr_to, m_from, m_to = self.phases[i]
        start = self.phases[i - 1][0] if i else 0.0
        part = (t - start) / (end - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[lr_from], group[lr_to], part))
            if self.cycle_momentum:
                self._set_momentum(group, self._between(group[m_from], group[m_to], part))
        return rates

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "cos":
            part = (1 - math.cos(math.pi * part)) / 2
        return start + (end - start) * part


def _phases(total: int, part: float, three: bool) -> list[tuple[Any, ...]]:
    """Last step of each phase; rates and momenta it goes between, by their names in a group."""
    up = ("initial_lr", "max_lr", "max_momentum", "base_momentum")
    if three:
        return [
            (part * total - 1, *up),
            (2 * part * total - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
            (total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
        ]
    return [
        (part * total - 1, *up),
        (total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"),
    ]


class ReduceLROnPlateau(LRScheduler):
    """The rate times a factor when a metric has not improved for ``patience`` steps.

    Source: torch.optim.lr_scheduler.ReduceLROnPlateau.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        self.optimizer = _checked(self, optimizer)
        if not factor < 1:
            raise OptimizerError(f"ReduceLROnPlateau: factor must be below 1, got {factor!r}")
        if mode not in ("min", "max"):
            raise OptimizerError(f"ReduceLROnPlateau: mode must be 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise OptimizerError(
                f"ReduceLROnPlateau: threshold_mode must be 'rel' or 'abs', got {threshold_mode!r}"
            )
        self.mode, self.factor, self.patience, self.cooldown = mode, factor, patience, cooldown
        self.threshold, self.threshold_mode, self.eps = threshold, threshold_mode, eps
        self.min_lrs = _per_group(self, "min_lr", min_lr, optimizer)
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0
        self._last_lr = self._current()

    def step(self, metrics: Any) -> None:  # type: ignore[override]
        """Look at the metric (a number or a tensor of one element) of another epoch."""
        value = float(metrics)
        self.last_epoch += 1
        if self._improved(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._current()

    def _improved(self, value: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        margin = self.threshold * sign
        relative = self.threshold_mode == "rel"
        bar = self.best * (1 + margin) if relative else self.best + margin
        return value > bar if self.mode == "max" else value < bar

    def _reduce(self) -> None:
        for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            new = max(group["lr"] * self.factor, lowest)
            if group["lr"] - new > self.eps:
                group["lr"] = new


def _checked(scheduler: LRScheduler, optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise OptimizerError(
            f"{type(scheduler).__name__}: the first argument must be an optimizer, not "
            f"{type(optimizer).__name__}"
        )
    return optimizer


def _positive_int(scheduler: LRScheduler, name: str, value: Any) -> None:
    if not isinstance(value, int) or value <= 0:
        raise OptimizerError(
            f"{type(scheduler).__name__}: {name} must be a positive int, got {value!r}"
        )


def _per_group(scheduler: LRScheduler, name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """One value for each parameter group."""
    n = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * n
    if len(values) != n:
        raise OptimizerError(
            f"{type(scheduler).__name__}: {name} has {len(values)} entries for {n} parameter groups"
        )
    return values
