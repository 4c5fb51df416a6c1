"""Which OpenCL devices there are, and which one is meant.  Nothing runs at import.

pyopencl is imported here and nowhere else.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from lightgrad.autograd import forks
from lightgrad.errors import DeviceError

#: chooses the device behind "opencl": an index into `found()`, or a part of its name
VARIABLE = "LIGHTGRAD_OPENCL_DEVICE"

REMEDY = (
    "pip install 'lightgrad[opencl]' brings pyopencl and, on x86-64 Linux, PoCL, which runs "
    "OpenCL on the processor; elsewhere install the OpenCL driver of the device (on Debian: "
    "apt install pocl-opencl-icd).  python -m lightgrad doctor says what is missing"
)

POCL = "Portable Computing Language"


#: "asked" once drivers were asked for platforms, which starts their threads; "lost" in a child
_state = ""


def _after_fork() -> None:
    global _state
    if _state:
        _state = "lost"
        driver.cache_clear()
        found.cache_clear()


forks.in_child(_after_fork)


@lru_cache(maxsize=1)
def driver() -> Any:
    """The pyopencl module, or an error that says how to get it."""
    if _state == "lost":
        raise forks.lost("OpenCL")
    os.environ.setdefault("PYOPENCL_NO_CACHE", "1")  # drivers keep binaries themselves
    try:
        import pyopencl
    except ImportError as error:
        raise DeviceError(f"opencl: pyopencl cannot be imported ({error}); {REMEDY}") from None
    return pyopencl


def installed() -> list[Any]:
    """The platforms of all drivers."""
    global _state
    cl = driver()
    _state = "asked"
    try:
        return cl.get_platforms()
    except cl.Error as error:
        raise DeviceError(f"opencl: no platform was found ({error}); {REMEDY}") from None


def platforms() -> list[Any]:
    """The platforms, at most one PoCL among them: two in one process crash each other."""
    chosen: list[Any] = []
    for platform in installed():
        if platform.name != POCL or all(p.name != POCL for p in chosen):
            chosen.append(platform)
    return chosen


@lru_cache(maxsize=1)
def found() -> tuple[Any, ...]:
    """All devices, GPUs before CPUs; their place here is the index users give."""
    cl = driver()
    rank = {cl.device_type.GPU: 0, cl.device_type.ACCELERATOR: 1}
    every = []
    for platform in platforms():
        try:
            every += platform.get_devices()
        except cl.Error:  # a platform without a device says so by an error
            continue
    if not every:
        raise DeviceError(f"opencl: the platforms found have no device; {REMEDY}")
    return tuple(sorted(every, key=lambda d: rank.get(d.type & ~cl.device_type.DEFAULT, 2)))


def name(device: Any) -> str:
    """The device's own name."""
    return " ".join(device.name.split())


def default() -> int:
    """The index behind the name "opencl": what LIGHTGRAD_OPENCL_DEVICE says, else 0."""
    wanted = os.environ.get(VARIABLE, "").strip()
    every = found()
    if not wanted:
        return 0
    if wanted.isdigit():
        if int(wanted) < len(every):
            return int(wanted)
    else:
        for i, device in enumerate(every):
            if wanted.lower() in f"{device.platform.name} {name(device)}".lower():
                return i
    listed = ", ".join(f"{i}: {name(d)}" for i, d in enumerate(every))
    raise DeviceError(f"opencl: {VARIABLE}={wanted!r} fits no device; there are {listed}")


def check(index: int) -> int:
    """``index`` if there is such a device."""
    every = found()
    if not 0 <= index < len(every):
        listed = ", ".join(f"opencl:{i} ({name(d)})" for i, d in enumerate(every))
        raise DeviceError(f"opencl:{index}: there is no such device; there are {listed}")
    return index
