"""Learning rate schedules.  Source: torch.optim.lr_scheduler.

Call ``scheduler.step()`` after ``optimizer.step()``.  Most schedules change the
current rate by a factor, so several can work on one optimizer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lightgrad.errors import OptimizerError
from lightgrad.hints import lookup
from lightgrad.optim.one_cycle import OneCycleLR
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.scheduler import LRScheduler, checked, per_group, positive_int, real

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "StepLR",
]


class StepLR(LRScheduler):
    """The rate times gamma every ``step_size`` steps.

    .. math:: \\eta_t = \\eta_0 \\, \\mathrm{gamma}^{\\lfloor t / n \\rfloor}

    Source: torch.optim.lr_scheduler.StepLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.StepLR(optimizer, step_size=2)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    1
    0.1
    0.1
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        positive_int(self, "step_size", step_size)
        self.step_size, self.gamma = step_size, real(self, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self._starting or self.last_epoch % self.step_size:
            return self._current()
        return self._current(self.gamma)


class MultiStepLR(LRScheduler):
    """The rate times gamma at each milestone.

    .. math:: \\eta_t = \\eta_0 \\, \\mathrm{gamma}^{|\\{m \\le t\\}|}

    Source: torch.optim.lr_scheduler.MultiStepLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3])
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.1
    0.1
    0.01
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(milestones, Iterable):
            raise OptimizerError(f"MultiStepLR: milestones must be ints, got {milestones!r}")
        self.milestones, self.gamma = Counter(milestones), real(self, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        # get: a state that went through a file has a plain dict
        times = 0 if self._starting else self.milestones.get(self.last_epoch, 0)
        return self._current(self.gamma**times)


class ExponentialLR(LRScheduler):
    """The rate times gamma at every step.

    .. math:: \\eta_t = \\eta_0 \\, \\mathrm{gamma}^t

    Source: torch.optim.lr_scheduler.ExponentialLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.5
    0.25
    0.125
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = real(self, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self._current(1.0 if self._starting else self.gamma)


class ConstantLR(LRScheduler):
    """The rate times a factor for the first ``total_iters`` steps.

    Source: torch.optim.lr_scheduler.ConstantLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.5
    1
    1
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < real(self, "factor", factor) <= 1:
            raise OptimizerError(f"ConstantLR: factor must be in (0, 1], got {factor!r}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return self._current(self.factor)
        return self._current(1 / self.factor if self.last_epoch == self.total_iters else 1.0)


class LinearLR(LRScheduler):
    """The rate times a factor that goes evenly from one value to another.

    .. math:: \\eta_t = \\eta_0 (s + (e - s) \\min(t, n) / n)

    where s is ``start_factor``, e ``end_factor`` and n ``total_iters``.
    Source: torch.optim.lr_scheduler.LinearLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.75
    1
    1
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        start, end = real(self, "start_factor", start_factor), real(self, "end_factor", end_factor)
        if not 0 < start <= 1 or not 0 <= end <= 1:
            raise OptimizerError(
                f"LinearLR: start_factor must be in (0, 1] and end_factor in [0, 1], got "
                f"{start_factor!r} and {end_factor!r}"
            )
        positive_int(self, "total_iters", total_iters)
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

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.75
    0.25
    0
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        positive_int(self, "T_max", T_max)
        self.T_max, self.eta_min = T_max, real(self, "eta_min", eta_min)
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

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + t))
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.5
    0.333
    0.25
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        checked(self, optimizer)
        self.lr_lambdas = per_group(self, "lr_lambda", lr_lambda, optimizer)
        if not all(map(callable, self.lr_lambdas)):
            raise OptimizerError(f"LambdaLR: lr_lambda must be a function, got {lr_lambda!r}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]

    def state_dict(self) -> dict[str, Any]:
        state = super().state_dict()
        del state["lr_lambdas"]
        return state


class ReduceLROnPlateau(LRScheduler):
    """The rate times a factor when a metric has not improved for ``patience`` steps.

    Source: torch.optim.lr_scheduler.ReduceLROnPlateau.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step(1.0)
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    1
    1
    0.1
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
        self.optimizer = checked(self, optimizer)
        if not real(self, "factor", factor) < 1:
            raise OptimizerError(f"ReduceLROnPlateau: factor must be below 1, got {factor!r}")
        if mode not in ("min", "max"):
            raise OptimizerError(f"ReduceLROnPlateau: mode must be 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise OptimizerError(
                f"ReduceLROnPlateau: threshold_mode must be 'rel' or 'abs', got {threshold_mode!r}"
            )
        self.mode, self.factor, self.patience, self.cooldown = mode, factor, patience, cooldown
        self.threshold, self.threshold_mode, self.eps = threshold, threshold_mode, eps
        self.min_lrs = per_group(self, "min_lr", min_lr, optimizer)
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


if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
