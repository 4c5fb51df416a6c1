"""What ``torch.cuda`` and ``torch.accelerator`` ask of an OpenCL device."""

from __future__ import annotations

from typing import Any

from lightgrad import opencl
from lightgrad.torch._core import devices


def is_there() -> bool:
    """Whether there is an OpenCL device."""
    return opencl.is_available()


def is_called_cuda() -> bool:
    """Whether "cuda" means a device here, as after ``--device opencl``."""
    return "cuda" in devices.MEANS and is_there()


def is_accelerator() -> bool:
    """Whether the device that is called "opencl" is no processor."""
    return is_there() and any(d.default and d.type != "CPU" for d in opencl.devices())


def count() -> int:
    """How many OpenCL devices there are."""
    return len(opencl.devices()) if is_there() else 0


def index(device: Any = None) -> int:
    """The number of a device, or of the one that is meant without a number."""
    if device is None or device == "cuda":
        return _current[-1]
    found = devices.device(device).index
    return _current[-1] if found is None else found


#: the devices of the blocks that run, the outermost first
_current = [0]


class device:
    """The device that "cuda" without a number means, in a block.  Source: torch.cuda.device."""

    def __init__(self, device: Any) -> None:
        self.idx = index(device)

    def __enter__(self) -> None:
        if self.idx >= 0:
            _current.append(self.idx)

    def __exit__(self, *error: Any) -> None:
        if self.idx >= 0:
            _current.pop()


def choose(place: Any) -> None:
    """Let another device be the one that is meant without a number."""
    _current[-1] = index(place)


def info(place: Any = None) -> Any:
    """What is known of a device."""
    known, at = opencl.devices(), index(place)
    if not 0 <= at < len(known):
        raise AssertionError(f"Invalid device id {at}: there are {len(known)} OpenCL devices")
    return known[at]


def synchronize(device: Any = None) -> None:
    """Wait until a device has done all it was asked for.  Source: torch.cuda.synchronize."""
    if is_there():
        opencl.synchronize(_name(device))


def empty_cache() -> None:
    """Give memory that is kept for later back to the driver.  Source: torch.cuda.empty_cache."""
    if is_there():
        opencl.empty_cache()


def memory(what: str, device: Any = None) -> int:
    """The bytes that a device's tensors take ("allocated"), took at most, or hold."""
    return opencl.memory_stats(_name(device))[what] if is_there() else 0


def _name(place: Any) -> str:
    at = index(place)
    return f"opencl:{at}" if at else "opencl"
