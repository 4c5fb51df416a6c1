"""A schedule that looks at a metric."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.errors import OptimizerError
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.scheduler import LRScheduler, checked, per_group, plain, real


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
        self.default_min_lr, self.mode_worse = min_lr, self.best
        self._last_lr = self._current()

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Look at the metric (a number or a tensor of one element) of another epoch."""
        value = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
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
        rates = []
        for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            old = plain(group["lr"])
            new = max(old * self.factor, lowest)
            rates.append(new if old - new > self.eps else old)
        self._set(rates)
