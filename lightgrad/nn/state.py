"""Values into existing tensors: what loading a state dict comes down to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, StateDictError


class LoadResult(NamedTuple):
    """What ``load_state_dict`` did not match: both empty when it was strict."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        keys = f"missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys}"
        return f"_IncompatibleKeys({keys})"


def write(target: AbstractTensor, source: AbstractTensor) -> None:
    """Overwrite a tensor with another of the same shape; call under ``no_grad``."""
    if type(source) is not type(target):
        source = target._lift(source._values(), as_dtype(target.dtype))
    elif source.dtype != target.dtype:
        source = source.to(target.dtype)
    else:
        source = source._copied()  # some devices take over the very data
    target._write(source)
    target._touch()


def copy_into(target: AbstractTensor, value: Any) -> None:
    """``write`` from a tensor of any device, an array or a number."""
    if not isinstance(value, AbstractTensor):
        value = target._lift(value, as_dtype(target.dtype))
    write(target, value)


def misfit(key: str, target: AbstractTensor, value: Any) -> str | None:
    """Why ``value`` cannot be copied into ``target``, if it cannot."""
    if not hasattr(value, "shape") and not isinstance(value, (bool, int, float)):
        return f"{key}: a {type(value).__name__} is not a tensor or an array"
    shape = tuple(getattr(value, "shape", ()))
    if shape != tuple(target.shape):
        return f"{key}: shape {shape} does not fit the module's {tuple(target.shape)}"
    try:
        if isinstance(value, AbstractTensor) or hasattr(value, "dtype"):
            as_dtype(getattr(value.dtype, "name", str(value.dtype).removeprefix("torch.")))
    except DtypeError as error:
        return f"{key}: {error}"
    return None


def _listed(title: str, keys: Iterable[str]) -> list[str]:
    names = [str(k) for k in keys]
    return [f"{title}: {', '.join(names)}"] if names else []


def check_mapping(method: str, given: Any) -> None:
    """Refuse what is no mapping."""
    if not isinstance(given, Mapping):
        raise StateDictError(f"{method}: expected a dict of tensors, not {type(given).__name__}")


def load(owner: str, own: Mapping[str, AbstractTensor], given: Any, strict: bool) -> LoadResult:
    """Copy ``given`` into ``own`` in place; all of it, or nothing if anything is wrong."""
    check_mapping("load_state_dict", given)
    missing = [k for k in own if k not in given]
    unexpected = [k for k in given if k not in own]
    common = [(k, own[k], given[k]) for k in own if k in given]
    problems = [m for m in (misfit(*item) for item in common) if m]
    result = LoadResult(missing, unexpected)
    complain(owner, problems, result, strict, ", and nothing was loaded")
    copy_all(common)
    return result


def complain(
    owner: str, problems: list[str], keys: LoadResult, strict: bool, loaded: str = ""
) -> None:
    """Raise if there are problems, or if keys do not match and should."""
    if strict:
        problems = problems + _listed("missing keys", keys.missing_keys)
        problems += _listed("unexpected keys", keys.unexpected_keys)
    if problems:
        hint = "; strict=False skips them" if strict and any(keys) else ""
        raise StateDictError(
            f"load_state_dict: this state does not fit {owner}{loaded}:\n  "
            + "\n  ".join(problems)
            + hint
        )


def load_some(owner: str, own: Mapping[str, AbstractTensor], given: Mapping[str, Any]) -> None:
    """Copy the given values in place; every key must exist."""
    check_mapping("load_parameters", given)
    unknown = [str(k) for k in given if k not in own]
    if unknown:
        raise StateDictError(
            f"load_parameters: {owner} has no parameter {', '.join(unknown)}; nothing was "
            f"loaded. It has: {', '.join(own) or 'none'}"
        )
    common = [(k, own[k], given[k]) for k in given]
    problems = [m for m in (misfit(*item) for item in common) if m]
    if problems:
        raise StateDictError(
            f"load_parameters: these values do not fit {owner}, and nothing was loaded:\n  "
            + "\n  ".join(problems)
        )
    copy_all(common)


@no_grad()
def copy_all(items: Iterable[tuple[str, AbstractTensor, Any]]) -> None:
    """Copy each value into its target."""
    for _, target, value in items:
        copy_into(target, value)
