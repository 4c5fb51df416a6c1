"""torch.nn.init."""

from typing import Any

from lightgrad.nn.init import *
from lightgrad.nn.init import _fans
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """The fan in and the fan out of a weight, by a private name that programs use.

    >>> import lightgrad.torch as torch
    >>> _calculate_fan_in_and_fan_out(torch.zeros(8, 3, 5, 5))
    (75, 200)
    """
    return _fans("_calculate_fan_in_and_fan_out", tensor)


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    """The fan in or the fan out of a weight: ``mode`` is "fan_in" or "fan_out"."""
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans("_calculate_correct_fan", tensor)[mode.lower() == "fan_out"]
