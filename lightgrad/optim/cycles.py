"""Schedules that come back: restarts, cycles, and the constant rate of averaged weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lightgrad.errors import OptimizerError
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.scheduler import LRScheduler, checked, per_group, positive_int, real


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine wave down to ``eta_min``, again and again, each ``T_mult`` times as long.

    .. math:: \\eta_t = \\eta_{min} + (\\eta_0 - \\eta_{min}) (1 + \\cos(\\pi T_{cur} / T_i)) / 2

    ``step(epoch)`` takes fractions of an epoch.  Source:
    torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedules = light.optim.lr_scheduler
    >>> scheduler = schedules.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.5
    1
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        positive_int(self, "T_0", T_0)
        positive_int(self, "T_mult", T_mult)
        self.T_0 = self.T_i = T_0
        self.T_mult, self.eta_min = T_mult, real(self, "eta_min", eta_min)
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _start(self) -> None:
        self._step_count = 0
        self._place(self.last_epoch)
        super()._start()

    def get_lr(self) -> list[float]:
        low, wave = self.eta_min, (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [low + (base - low) * wave for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to one that is named, which may be a fraction."""
        if epoch is None:
            self.last_epoch += 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            self._place(epoch)
            self.last_epoch = math.floor(epoch)
        self._set(self.get_lr())

    def _again(self) -> None:
        self.step(0)

    def _place(self, epoch: float) -> None:
        """How long the present wave is, and how far it has come."""
        if epoch < 0:
            raise OptimizerError(f"{self._name}: the epoch must not be negative, got {epoch!r}")
        self.T_i, self.T_cur = self.T_0, epoch
        if epoch < self.T_0:
            return
        if self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n


class CyclicLR(LRScheduler):
    """Up and down between two rates, in straight lines; the momentum the other way.

    Step it after every batch.  ``mode`` "triangular2" halves each cycle, and
    "exp_range" scales by ``gamma`` to the power of the step; ``scale_fn`` is a
    function of its own, of the cycle or of the iterations, as ``scale_mode`` says.
    Source: torch.optim.lr_scheduler.CyclicLR; Smith, "Cyclical Learning Rates for
    Training Neural Networks".

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = light.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.3, step_size_up=2)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.2
    0.3
    0.2
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        checked(self, optimizer)
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise OptimizerError(
                f"CyclicLR: mode must be 'triangular', 'triangular2' or 'exp_range', got {mode!r}; "
                f"or give scale_fn"
            )
        lows = per_group(self, "base_lr", base_lr, optimizer)
        self.max_lrs = per_group(self, "max_lr", max_lr, optimizer)
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up + down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        by_step = scale_fn is None and mode == "exp_range"
        self.scale_mode = "iterations" if by_step else scale_mode
        self.cycle_momentum = cycle_momentum
        if last_epoch == -1:
            for group, low in zip(optimizer.param_groups, lows, strict=True):
                group["lr"] = low
                group.pop("initial_lr", None)
        if cycle_momentum:
            self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lows

    def _start_momentum(self, optimizer: Optimizer, low: Any, high: Any, fresh: bool) -> None:
        self.use_beta1 = "betas" in optimizer.defaults
        if not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise OptimizerError(
                f"CyclicLR: {type(optimizer).__name__} has neither momentum nor betas; pass "
                f"cycle_momentum=False"
            )
        self.base_momentums = per_group(self, "base_momentum", low, optimizer)
        self.max_momentums = per_group(self, "max_momentum", high, optimizer)
        if fresh:
            pairs = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (a, b) in zip(optimizer.param_groups, pairs, strict=True):
                group.update(base_momentum=a, max_momentum=b)
                self._set_momentum(group, b)

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value

    def scale_fn(self, x: float) -> float:
        """How high the cycle or the step of this number goes."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        scale: float = 1 / 2 ** (x - 1) if self.mode == "triangular2" else self.gamma**x
        return scale

    def get_lr(self) -> list[float]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1 + self.last_epoch / self.total_size - cycle
        ratio = self.step_ratio
        part = x / ratio if x <= ratio else (x - 1) / (ratio - 1)
        part *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, bounds, strict=True):
                self._set_momentum(group, high - (high - low) * part)
        pairs = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * part for low, high in pairs]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and the function; the attributes of an object."""
        own = self._scale_fn_custom
        plain = own is None or not hasattr(own, "__dict__") or hasattr(own, "__code__")
        return {**super().state_dict(), "_scale_fn_custom": None if plain else dict(vars(own))}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        own: Any = self._scale_fn_custom
        super().load_state_dict(state_dict)
        kept: Any = self._scale_fn_custom
        if own is not None and kept is not None:
            vars(own).update(kept)
        self._scale_fn_custom = own


class SWALR(LRScheduler):
    """From the present rate to ``swa_lr`` in ``anneal_epochs`` steps, where it stays.

    Source: torch.optim.swa_utils.SWALR.

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = light.optim.lr_scheduler.SWALR(optimizer, 0.5, 2, anneal_strategy="linear")
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.75
    0.5
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        checked(self, optimizer)
        if anneal_strategy not in ("cos", "linear"):
            raise OptimizerError(
                f"SWALR: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise OptimizerError(
                f"SWALR: anneal_epochs must be an int from 0 on, got {anneal_epochs!r}"
            )
        rates = per_group(self, "swa_lr", swa_lr, optimizer)
        for group, lr in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = lr
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _part(self, step: int) -> float:
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[float]:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        rates = []
        for group, lr in zip(self.optimizer.param_groups, self._current(), strict=True):
            goal = group["swa_lr"]
            start = goal if before == 1 else (lr - before * goal) / (1 - before)
            rates.append(goal * now + start * (1 - now))
        return rates
