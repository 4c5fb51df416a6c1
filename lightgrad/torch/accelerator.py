"""torch.accelerator: the OpenCL device, if there is one."""

from __future__ import annotations

from typing import Any

from lightgrad.torch._core import accelerators as _there
from lightgrad.torch._core import devices as _devices
from lightgrad.torch._core.accelerators import empty_cache as empty_cache
from lightgrad.torch._core.accelerators import synchronize as synchronize
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.streams import Stream

__getattr__ = _lookup(__name__)

set_device_index, current_device_index = _there.choose, _there.index
set_device_idx, current_device_idx = set_device_index, current_device_index
current_stream = Stream


def is_available() -> bool:
    """Whether there is one: an OpenCL device that is no processor, or what ``--device`` named.

    Source: torch.accelerator.is_available.
    """
    return _there.is_called_cuda() or _there.is_accelerator()


def device_count() -> int:
    """How many accelerators there are.  Source: torch.accelerator.device_count."""
    return _there.count() if is_available() else 0


def current_accelerator(check_available: bool = False) -> Any:
    """The accelerator as a device, or None.  Source: torch.accelerator.current_accelerator."""
    return _devices.device(_devices.accelerator()) if is_available() else None
