"""State dicts of optimizers: what one must have so that it can be loaded."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.dtypes import float32
from lightgrad.errors import OptimizerError, StateDictError

if TYPE_CHECKING:
    from lightgrad.optim.optimizer import Optimizer


def loaded(
    optimizer: Optimizer, state_dict: Any
) -> tuple[list[dict[str, Any]], dict[AbstractTensor, dict[str, Any]]]:
    """The groups and the state that an optimizer takes over from a state dict, both checked."""
    for key, kind in (("state", Mapping), ("param_groups", Sequence)):
        if not isinstance(state_dict, Mapping) or key not in state_dict:
            raise StateDictError(
                f"{optimizer._name}: the state dict has no key {key!r}; it must come from "
                f"state_dict() of an optimizer"
            )
        if not isinstance(state_dict[key], kind):
            raise _malformed(optimizer, key, "a dict" if key == "state" else "a list", state_dict)
    at, groups = _matched(optimizer, state_dict["param_groups"])
    state = {}
    for i, entries in state_dict["state"].items():
        if i not in at and isinstance(i, int):
            raise StateDictError(
                f"{optimizer._name}: state for parameter {i}, which no group holds"
            )
        if not isinstance(entries, Mapping):
            raise _malformed(optimizer, i, "a dict", state_dict["state"])
        p, kept = at[i]
        if not optimizer.ruled:
            state[p] = {k: _moved(p, k, v) for k, v in entries.items()}
            continue
        entries = {k: v for k, v in entries.items() if v is not None}  # as torch's SGD has it
        _check_entries(optimizer, i, entries, kept)
        state[p] = {k: _entry(optimizer, i, p, k, v) for k, v in entries.items()}
    return groups, state


def _malformed(optimizer: Optimizer, key: Any, kind: str, holder: Any) -> StateDictError:
    return StateDictError(
        f"{optimizer._name}: {key!r} of the state dict must be {kind}, not "
        f"{type(holder[key]).__name__}; it must come from state_dict() of an optimizer"
    )


def _matched(
    optimizer: Optimizer, groups: Sequence[Any]
) -> tuple[dict[int, tuple[Any, tuple[str, ...]]], list[dict[str, Any]]]:
    """Parameters and the names of their state, by position in a state dict; and its groups."""
    if len(groups) != len(optimizer.param_groups):
        raise StateDictError(
            f"{optimizer._name}: the state dict has {len(groups)} parameter groups, the optimizer "
            f"{len(optimizer.param_groups)}"
        )
    at: dict[int, tuple[Any, tuple[str, ...]]] = {}
    checked = []
    for i, (new, old) in enumerate(zip(groups, optimizer.param_groups, strict=True)):
        positions = _positions(optimizer, i, new, at)
        if len(positions) != len(old["params"]):
            raise StateDictError(
                f"{optimizer._name}: parameter group {i} has {len(positions)} parameters in "
                f"the state dict and {len(old['params'])} in the optimizer"
            )
        defaults = optimizer.defaults
        missing = [  # switches may be missing: older files have fewer
            k for k, v in defaults.items() if k not in new and not isinstance(v, (bool, type(None)))
        ]
        if missing:
            raise StateDictError(
                f"{optimizer._name}: parameter group {i} of the state dict lacks the options "
                f"{', '.join(missing)}; it is from another kind of optimizer"
            )
        group = {**defaults, **new, "params": old["params"]}
        if "param_names" in old:
            group["param_names"] = old["param_names"]
        try:
            optimizer.check(group)
        except OptimizerError as error:
            raise StateDictError(f"{error} (parameter group {i} of the state dict)") from None
        checked.append(group)
        kept = optimizer.kept(group)
        at.update((k, (p, kept)) for k, p in zip(positions, old["params"], strict=True))
    return at, checked


def _positions(optimizer: Optimizer, i: int, group: Any, before: Container[int]) -> Sequence[int]:
    """The positions of the parameters of a state dict's group."""
    positions = group.get("params") if isinstance(group, Mapping) else None
    if not isinstance(positions, (list, tuple)) or not all(isinstance(k, int) for k in positions):
        raise StateDictError(
            f"{optimizer._name}: parameter group {i} of the state dict must be a dict whose "
            f"'params' lists the positions of its parameters, as in state_dict()"
        )
    if len(set(positions)) < len(positions) or any(k in before for k in positions):
        raise StateDictError(
            f"{optimizer._name}: parameter group {i} of the state dict has a position that occurs "
            f"twice, in {positions}"
        )
    return positions


def _check_entries(
    optimizer: Optimizer, i: int, entries: Mapping[str, Any], kept: tuple[str, ...]
) -> None:
    """Refuse a part of the state, which would start the rest from nothing."""
    needed = (*kept, *optimizer.scalars, "step") if optimizer.counts else kept
    missing = [name for name in needed if name not in entries]
    if entries and missing:
        raise StateDictError(
            f"{optimizer._name}: the state of parameter {i} lacks {', '.join(missing)}"
        )


def _entry(optimizer: Optimizer, i: int, p: Any, key: str, value: Any) -> Any:
    """One entry of the state, on the parameter's device and in its dtype."""
    if optimizer.counts and (key == "step" or key in optimizer.scalars):
        try:
            return counter(p, float(value))
        except (TypeError, ValueError, OverflowError):
            raise StateDictError(
                f"{optimizer._name}: {key} of parameter {i} must be a number, not "
                f"{shown_kind(value)}"
            ) from None
    if key not in optimizer.slots:
        raise StateDictError(
            f"{optimizer._name}: the state of parameter {i} has the entry {key!r}, which this "
            f"optimizer does not keep (it keeps {', '.join(optimizer.slots) or 'none'})"
        )
    shape = tuple(getattr(value, "shape", ())) if value is not None else None
    if shape != tuple(p.shape):
        raise StateDictError(
            f"{optimizer._name}: {key} of parameter {i} has shape {shape} in the state dict, but "
            f"the parameter has shape {p.shape}"
        )
    array = value._values() if isinstance(value, AbstractTensor) else value
    return p._lift(array, optimizer._state_dtype(p, key))


def counter(p: Any, value: float) -> CpuTensor:
    """A number in the state of a parameter: a tensor of one float32, on the CPU."""
    made: CpuTensor = p._lift(value, float32).to("cpu")
    return made


def _moved(p: Any, key: str, value: Any) -> Any:
    """An entry of a state that lightgrad has no rule for: its tensors as their parameter is."""
    if isinstance(value, AbstractTensor):
        number = key == "step" or value.dtype.kind != "f"
        return value.detach().to(type(p), value.dtype if number else p.dtype, copy=True)
    if isinstance(value, Mapping):
        return {k: _moved(p, k, v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_moved(p, key, v) for v in value)
    return value


def shown_kind(value: Any) -> str:
    """What was given in place of a tensor or a group, as errors call it."""
    if isinstance(value, AbstractTensor):
        return f"a tensor of shape {value.shape}"
    return repr(value) if isinstance(value, (Real, str)) else type(value).__name__
