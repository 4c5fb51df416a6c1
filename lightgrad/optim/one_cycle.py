"""The one-cycle schedule of learning rate and momentum."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.errors import OptimizerError
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.scheduler import LRScheduler, checked, per_group, positive_int


class OneCycleLR(LRScheduler):
    """Up to ``max_lr`` and down to almost nothing, once; the momentum the other way.

    Step it after every batch.  Source: torch.optim.lr_scheduler.OneCycleLR;
    Smith and Topin, "Super-Convergence".

    >>> import lightgrad as light
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = light.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=4)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.812
    0.283
    4e-06
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
        checked(self, optimizer)
        if anneal_strategy not in ("cos", "linear"):
            raise OptimizerError(
                f"OneCycleLR: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}"
            )
        if not 0 <= pct_start <= 1:
            raise OptimizerError(f"OneCycleLR: pct_start must be in [0, 1], got {pct_start!r}")
        self.total_steps = self._length(total_steps, epochs, steps_per_epoch)
        self._anneal_func_type, self.cycle_momentum = anneal_strategy, cycle_momentum
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        tops = per_group(self, "max_lr", max_lr, optimizer)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, tops, strict=True):
                first = top / div_factor
                group.update(initial_lr=first, max_lr=top, min_lr=first / final_div_factor)
        if cycle_momentum:
            self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def _length(self, total: int | None, epochs: int | None, steps: int | None) -> int:
        if total is None:
            if epochs is None or steps is None:
                raise OptimizerError(
                    "OneCycleLR: give total_steps, or both epochs and steps_per_epoch"
                )
            total = epochs * steps
        positive_int(self, "total_steps", total)
        return total

    def _start_momentum(self, optimizer: Optimizer, low: Any, high: Any, fresh: bool) -> None:
        self.use_beta1 = "betas" in optimizer.defaults
        if not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise OptimizerError(
                f"OneCycleLR: {type(optimizer).__name__} has neither momentum nor betas; pass "
                f"cycle_momentum=False"
            )
        lows = per_group(self, "base_momentum", low, optimizer)
        highs = per_group(self, "max_momentum", high, optimizer)
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
        phases = self._schedule_phases
        i = next((i for i, phase in enumerate(phases) if t <= phase["end_step"]), -1)
        end, lr_from, lr_to, m_from, m_to = (phases[i][name] for name in _PARTS)
        start = phases[i - 1]["end_step"] if i else 0.0
        part = (t - start) / (end - start) if end > start else 1.0  # of a phase of no steps
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[lr_from], group[lr_to], part))
            if self.cycle_momentum:
                self._set_momentum(group, self._between(group[m_from], group[m_to], part))
        return rates

    def _between(self, start: float, end: float, part: float) -> float:
        if self._anneal_func_type == "cos":
            part = (1 - math.cos(math.pi * part)) / 2
        return start + (end - start) * part


_PARTS = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")


def _phases(total: int, part: float, three: bool) -> list[dict[str, Any]]:
    """Last step of each phase; rates and momenta it goes between, by their names in a group."""
    up = ("initial_lr", "max_lr", "max_momentum", "base_momentum")
    if three:
        rows: list[tuple[Any, ...]] = [
            (part * total - 1, *up),
            (2 * part * total - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
            (total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
        ]
    else:
        rows = [
            (part * total - 1, *up),
            (total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"),
        ]
    return [dict(zip(_PARTS, row, strict=True)) for row in rows]
