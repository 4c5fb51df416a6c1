"""What learning rate schedules share: counting steps, setting rates, saving."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

from lightgrad.autograd import AbstractTensor, no_grad
from lightgrad.errors import OptimizerError, StateDictError
from lightgrad.hints import check_arguments
from lightgrad.optim.optimizer import Optimizer

_S = TypeVar("_S", bound="LRScheduler")


class LRScheduler:
    """Base of the schedules: calls :meth:`get_lr` and sets the rates of all groups.

    ``last_epoch`` counts the calls of :meth:`step`.  A value other than -1
    continues a schedule whose groups already carry "initial_lr".  Source:
    torch.optim.lr_scheduler.LRScheduler.

    >>> import lightgrad as light
    >>> class Halved(LRScheduler):
    ...     def get_lr(self):
    ...         return [base / 2**self.last_epoch for base in self.base_lrs]
    >>> optimizer = light.optim.SGD([light.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = Halved(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __new__(cls: type[_S], *args: Any, **kwargs: Any) -> _S:
        if args or kwargs:  # a copy is made without
            check_arguments(cls, args, kwargs)
        return object.__new__(cls)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(self, optimizer)
        if not hasattr(last_epoch, "__index__"):
            raise OptimizerError(f"{self._name}: last_epoch must be an int, got {last_epoch!r}")
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", plain(group["lr"]))
            elif "initial_lr" not in group:
                raise OptimizerError(
                    f"{self._name}: last_epoch={last_epoch} continues a schedule, but parameter "
                    f"group {i} has no 'initial_lr'; load the optimizer's state dict first"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch + 1
        self._steps_before = optimizer.step_count
        self._step_count = 1  # how often rates were set, with this first time
        self._get_lr_called_within_step = False
        self._start()

    def _start(self) -> None:
        """Set the first rates."""
        self._is_initial = True
        self._set(self.get_lr())
        self._is_initial = False

    def _again(self) -> None:
        """Go back to the first rates, as `SequentialLR` does when it is the turn of this one."""
        self._step_count += 1
        self.last_epoch = 0
        self._set(self._closed())

    def _closed(self) -> list[float]:
        """The rates for ``last_epoch``, whatever they were before, where a formula says so."""
        form = getattr(self, "_get_closed_form_lr", self.get_lr)
        rates: list[float] = form()
        return rates

    @property
    def _name(self) -> str:
        return type(self).__name__

    def get_lr(self) -> list[float]:
        """The rates of the groups for ``last_epoch``, from those before."""
        raise NotImplementedError("a schedule needs get_lr()")

    def get_last_lr(self) -> list[float]:
        """The rates of the groups as the last :meth:`step` set them."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next rate; a warning when no optimizer step came before.

        With ``epoch``, which torch deprecates, to the rate of that epoch.
        """
        watched = "step" not in vars(self.optimizer)
        first = self._step_count == 1 and watched
        if first and self.optimizer.step_count == self._steps_before == 0:
            warnings.warn(
                f"{self._name}: scheduler.step() was called before optimizer.step(), so the "
                f"first rate of the schedule is skipped; call optimizer.step() first",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            self._set(self.get_lr())
            return
        warnings.warn(
            f"{self._name}: step(epoch) is deprecated, and the epoch parameter not necessary; "
            f"call step() once for each",
            UserWarning,
            stacklevel=2,
        )
        self.last_epoch = epoch
        self._set(self._closed())

    def _set(self, rates: list[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            if isinstance(group["lr"], AbstractTensor):
                with no_grad():
                    group["lr"].fill_(lr)
            else:
                group["lr"] = lr
        self._last_lr = list(rates)

    def _current(self, factor: float = 1.0) -> list[float]:
        """The current rates times a factor."""
        return [plain(group["lr"]) * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer (and functions)."""
        return {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "_steps_before")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_calls" in state:  # pickled by 0.1.0
            state = {**state, "_step_count": state["_calls"] + 1}
            state |= {"_get_lr_called_within_step": False, "_is_initial": False}
            del state["_calls"]
        self.__dict__.update(state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue where the schedule with this state was; set the optimizer's state too."""
        if not isinstance(state_dict, Mapping):
            raise StateDictError(
                f"{self._name}: expected the dict that state_dict() of a schedule gives, not "
                f"{type(state_dict).__name__}"
            )
        own = self.state_dict()
        state_dict = _as_now(own, state_dict)
        missing, unknown = own.keys() - state_dict.keys(), state_dict.keys() - own.keys()
        if missing or unknown:
            raise StateDictError(
                f"{self._name}: the state dict does not fit: missing {sorted(missing)}, "
                f"unknown {sorted(unknown, key=str)}"
            )
        if type(self).__module__.startswith("lightgrad."):  # another's attributes may be anything
            for name, value in own.items():
                _check_alike(self, name, value, state_dict[name])
        self.__dict__.update(state_dict)


def _as_now(own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A state dict with the names of today, where one of 0.1.0 was given."""
    state = {k: v for k, v in given.items() if k not in ("_steps_before", "phases")}
    if len(state) == len(given):
        return state
    if "_calls" in state:
        state["_step_count"] = state.pop("_calls") + 1
    if "anneal_strategy" in state:
        state["_anneal_func_type"] = state.pop("anneal_strategy")
    news = ("_is_initial", "_get_lr_called_within_step", "_schedule_phases", "default_min_lr")
    return {**{k: own[k] for k in (*news, "mode_worse", "lr_lambdas") if k in own}, **state}


def plain(lr: Any) -> Any:
    """A rate as a number; it may be a tensor."""
    return float(lr) if isinstance(lr, AbstractTensor) else lr


#: what has an entry for each parameter group
_RATES = frozenset(("base_lrs", "_last_lr", "min_lrs"))
#: what counts steps
_COUNTS = frozenset(("last_epoch", "_step_count", "step_size", "T_max"))


def _check_alike(scheduler: LRScheduler, name: str, own: Any, given: Any) -> None:
    """Refuse to load what is of another kind than the schedule's own value."""
    groups = len(scheduler.optimizer.param_groups)
    if name in _RATES:
        fits = (
            isinstance(given, (list, tuple))
            and len(given) == groups
            and all(isinstance(v, Real) for v in given)
        )
        kind = f"a list of {groups} numbers, one for each parameter group"
    else:
        kinds: dict[Any, str] = {
            Integral: "an int",
            Real: "a number",
            str: "a string",
            Mapping: "a dict",
            (list, tuple): "a list",
        }
        wanted = next((k for k in kinds if isinstance(own, k)), object)
        if wanted is Integral and name not in _COUNTS:
            wanted = Real  # a factor of 1 may be one of 0.5 elsewhere
        fits, kind = isinstance(given, wanted), kinds.get(wanted, "")
    if not fits:
        raise StateDictError(
            f"{type(scheduler).__name__}: {name!r} of the state dict must be {kind}, not "
            f"{given!r}; nothing was loaded"
        )


def checked(scheduler: LRScheduler, optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise OptimizerError(
            f"{type(scheduler).__name__}: the first argument must be an optimizer, not "
            f"{type(optimizer).__name__}"
        )
    return optimizer


def real(scheduler: LRScheduler, name: str, value: Any) -> float:
    """A factor or rate that must be a number."""
    if not isinstance(value, Real):
        raise OptimizerError(f"{type(scheduler).__name__}: {name} must be a number, got {value!r}")
    return value  # type: ignore[return-value]


def positive_int(scheduler: LRScheduler, name: str, value: Any) -> None:
    if not isinstance(value, int) or value <= 0:
        raise OptimizerError(
            f"{type(scheduler).__name__}: {name} must be a positive int, got {value!r}"
        )


def per_group(scheduler: LRScheduler, name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """One value for each parameter group."""
    n = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * n
    if len(values) != n:
        raise OptimizerError(
            f"{type(scheduler).__name__}: {name} has {len(values)} entries for {n} parameter groups"
        )
    return values
