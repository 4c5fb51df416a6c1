"""Learning rate schedules.  Source: torch.optim.lr_scheduler.

Call ``scheduler.step()`` after ``optimizer.step()``.  Most schedules change the
current rate by a factor, so several can work on one optimizer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from lightgrad.errors import OptimizerError
from lightgrad.hints import lookup
from lightgrad.optim.composed import ChainedScheduler, SequentialLR
from lightgrad.optim.cycles import SWALR, CosineAnnealingWarmRestarts, CyclicLR
from lightgrad.optim.one_cycle import OneCycleLR
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.plateau import ReduceLROnPlateau
from lightgrad.optim.scheduler import LRScheduler, checked, per_group, positive_int, real

__all__ = [
    "SWALR",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
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
        if self._is_initial or self.last_epoch % self.step_size:
            return self._current()
        return self._current(self.gamma)

    def _get_closed_form_lr(self) -> list[float]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


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
        times = 0 if self._is_initial else self.milestones.get(self.last_epoch, 0)
        return self._current(self.gamma**times)

    def _get_closed_form_lr(self) -> list[float]:
        times = sum(n for m, n in self.milestones.items() if m <= self.last_epoch)
        return [base * self.gamma**times for base in self.base_lrs]


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
        return self._current(1.0 if self._is_initial else self.gamma)

    def _get_closed_form_lr(self) -> list[float]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


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

    def _get_closed_form_lr(self) -> list[float]:
        factor = 1.0 if self.last_epoch >= self.total_iters else self.factor
        return [base * factor for base in self.base_lrs]


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
        if self._is_initial or t > self.total_iters:
            return self._current()
        return self._current(self._factor(t) / self._factor(t - 1))

    def _get_closed_form_lr(self) -> list[float]:
        factor = self._factor(min(self.last_epoch, self.total_iters))
        return [base * factor for base in self.base_lrs]

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
        if self._is_initial:
            return self._current()
        low, before, now = self.eta_min, self._wave(self.last_epoch - 1), self._wave()
        if (self.last_epoch - 1) % (2 * self.T_max) == self.T_max:  # up again from the bottom
            return [
                lr + (base - low) * (1 - math.cos(math.pi / self.T_max)) / 2
                for lr, base in zip(self._current(), self.base_lrs, strict=True)
            ]
        return [low + (lr - low) * now / before for lr in self._current()]

    def _get_closed_form_lr(self) -> list[float]:
        return [self.eta_min + (b - self.eta_min) * self._wave() / 2 for b in self.base_lrs]

    def _wave(self, t: int | None = None) -> float:
        return 1 + math.cos(math.pi * (self.last_epoch if t is None else t) / self.T_max)


class LambdaLR(LRScheduler):
    """The initial rate times a function of the step (one, or one per group).

    Functions are not part of the state dict, attributes of objects are.  Source:
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
        kept = [
            None if isinstance(f, FunctionType) else dict(getattr(f, "__dict__", {}))
            for f in self.lr_lambdas
        ]
        return {**super().state_dict(), "lr_lambdas": kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        functions = self.lr_lambdas
        super().load_state_dict(state_dict)
        for function, kept in zip(functions, self.lr_lambdas, strict=True):
            if kept is not None:
                vars(function).update(kept)
        self.lr_lambdas = functions


class MultiplicativeLR(LambdaLR):
    """The rate times a function of the step, at every step.

    Source: torch.optim.lr_scheduler.MultiplicativeLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda t: 1 / t)
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    1
    0.5
    """

    def get_lr(self) -> list[float]:
        if self._is_initial:
            return self._current()
        pairs = zip(self._current(), self.lr_lambdas, strict=True)
        return [lr * function(self.last_epoch) for lr, function in pairs]


class PolynomialLR(LRScheduler):
    """From the initial rate to zero in ``total_iters`` steps, by a power.

    .. math:: \\eta_t = \\eta_0 (1 - \\min(t, n) / n)^p

    Source: torch.optim.lr_scheduler.PolynomialLR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.562
    0.25
    0.0625
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        positive_int(self, "total_iters", total_iters)
        self.total_iters, self.power = total_iters, real(self, "power", power)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t, n = self.last_epoch, self.total_iters
        if self._is_initial or t == 0 or t > n:
            return self._current()
        return self._current(((1 - t / n) / (1 - (t - 1) / n)) ** self.power)

    def _get_closed_form_lr(self) -> list[float]:
        left = max(0, 1 - self.last_epoch / self.total_iters)
        return [base * left**self.power for base in self.base_lrs]


if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
