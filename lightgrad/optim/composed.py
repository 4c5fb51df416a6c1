"""Schedules made of others: one after the other, and all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from lightgrad.errors import OptimizerError
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.scheduler import LRScheduler, checked, plain


class _Composed(LRScheduler):
    """What both have: the schedules, and a state dict of theirs."""

    _schedulers: list[Any]

    def _take(self, optimizer: Optimizer, schedulers: Sequence[Any]) -> None:
        self.optimizer = checked(self, optimizer)
        self._schedulers = list(schedulers)
        for i, scheduler in enumerate(self._schedulers):
            if getattr(scheduler, "optimizer", None) is not optimizer:
                raise OptimizerError(
                    f"{self._name}: expects all schedulers to belong to the same optimizer, and "
                    f"that at index {i}, a {type(scheduler).__name__}, has another"
                )

    def state_dict(self) -> dict[str, Any]:
        """The state dicts of the schedules, and what this one has besides."""
        parts = [scheduler.state_dict() for scheduler in self._schedulers]
        return {**super().state_dict(), "_schedulers": parts}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        own = self._schedulers
        super().load_state_dict(state_dict)
        parts, self._schedulers = self._schedulers, own
        for scheduler, part in zip(own, parts, strict=True):
            scheduler.load_state_dict(part)


class SequentialLR(_Composed):
    """One schedule after the other; each begins at its milestone.

    Source: torch.optim.lr_scheduler.SequentialLR.

    >>> import lightgrad as light
    >>> schedules = light.optim.lr_scheduler
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> first = schedules.ConstantLR(optimizer, factor=0.5)
    >>> second = schedules.ExponentialLR(optimizer, gamma=0.1)
    >>> scheduler = schedules.SequentialLR(optimizer, [first, second], milestones=[2])
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.5
    1
    0.1
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        if len(schedulers) < 1 or len(milestones) != len(schedulers) - 1:
            raise OptimizerError(
                f"SequentialLR: expects the number of schedulers to be one more than the number "
                f"of milestones, got {len(schedulers)} and {len(milestones)}"
            )
        self._take(optimizer, schedulers)
        for scheduler in self._schedulers:
            if not hasattr(scheduler, "base_lrs") or isinstance(scheduler, _Composed):
                raise OptimizerError(
                    f"SequentialLR: a {type(scheduler).__name__} has no formula for its rates, so "
                    f"it cannot begin at a milestone"
                )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            group["lr"] = plain(group["initial_lr"])
        for scheduler in self._schedulers:  # as if they had not begun
            scheduler.last_epoch -= 1
        first = self._schedulers[0]
        first.last_epoch += 1
        first._start()
        self._last_lr = first.get_last_lr()

    def step(self, epoch: int | None = None) -> None:
        """Let the schedule go on whose turn it is."""
        self.last_epoch += 1
        which = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[which]
        if which and self._milestones[which - 1] == self.last_epoch:
            scheduler._again()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composed):
    """Several schedules at once: each changes what the others have made of the rate.

    Source: torch.optim.lr_scheduler.ChainedScheduler.

    >>> import lightgrad as light
    >>> schedules = light.optim.lr_scheduler
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> first = schedules.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> second = schedules.ExponentialLR(optimizer, gamma=0.1)
    >>> scheduler = schedules.ChainedScheduler([first, second])
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(f"{optimizer.param_groups[0]['lr']:.3g}")
    0.05
    0.01
    0.001
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        schedulers = list(schedulers)
        if not schedulers:
            raise OptimizerError("ChainedScheduler: there must be at least one scheduler")
        self._take(optimizer or schedulers[0].optimizer, schedulers)
        self._last_lr = self._current()

    def step(self, epoch: int | None = None) -> None:
        """Let all schedules go on."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._current()
