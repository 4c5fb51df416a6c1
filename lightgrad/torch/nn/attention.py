"""torch.nn.attention: which kernel attention takes is not for programs to say here."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.switches import flags as _flags

__getattr__ = _lookup(__name__)


class SDPBackend(IntEnum):
    """The kernels of PyTorch.  Source: torch.nn.attention.SDPBackend."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


def sdpa_kernel(backends: Any, set_priority: bool = False) -> Any:
    """A block in which attention is computed as always.  Source: torch.nn.attention.sdpa_kernel."""
    return _flags(backends)
