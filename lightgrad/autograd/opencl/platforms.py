"""Which OpenCL devices there are, and which one is meant.  Nothing runs at import.

pyopencl is imported here and nowhere else.
"""

from __future__ import annotations

import os
import re
import tempfile
from functools import lru_cache
from typing import Any

from lightgrad import forks
from lightgrad.errors import DeviceError

#: chooses the device behind "opencl": an index into `found()`, or a part of its name
VARIABLE = "LIGHTGRAD_OPENCL_DEVICE"

DOCTOR = ".  python -m lightgrad doctor says what is missing"
REMEDY = (
    "pip install 'lightgrad[opencl]' brings pyopencl and, on x86-64 Linux, PoCL, which runs "
    "OpenCL on the processor; elsewhere install the OpenCL driver of the device (on Debian: "
    f"apt install pocl-opencl-icd){DOCTOR}"
)

POCL = "Portable Computing Language"
#: how a PoCL names what it compiles for where its LLVM is older than the processor
_UNKNOWN = re.compile(r"(x86_64|i\d86)\S*-generic$")
OLD = (
    "this PoCL is older than the processor and compiles nothing for it; install a newer one, which "
    "is taken then (Debian, Ubuntu: apt install pocl-opencl-icd; conda: conda install pocl)"
)

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
    except (ImportError, OSError) as error:  # OSError: of a library it needs
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
        cause = _named(("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES"))
        raise DeviceError(f"opencl: no platform was found ({error}){cause}; {REMEDY}") from None


def platforms() -> list[Any]:
    """The platforms, at most one PoCL among them: two in one process crash each other."""
    chosen: list[Any] = []
    for platform in installed():
        second = platform.name == POCL and any(p.name == POCL for p in chosen)
        if not second and not _too_old(platform):
            chosen.append(platform)
    return chosen


def _too_old(platform: Any) -> bool:
    """Whether this is a PoCL that has devices and can compile for none of them."""
    if platform.name != POCL:
        return False
    every = devices_of(platform)
    return bool(every) and all(_UNKNOWN.search(device.version) for device in every)


@lru_cache(maxsize=1)
def found() -> tuple[Any, ...]:
    """All devices, GPUs before CPUs; their place here is the index users give."""
    cl = driver()
    rank = {cl.device_type.GPU: 0, cl.device_type.ACCELERATOR: 1}
    every = [device for platform in platforms() for device in devices_of(platform)]
    if not every:
        if any(_too_old(platform) for platform in installed()):
            raise DeviceError(f"opencl: no device can be used: {OLD}{DOCTOR}")
        raise DeviceError(
            f"opencl: the platforms found have no device{_named(('POCL_DEVICES',))}; "
            f"{cache_fault() or REMEDY}"
        )
    return tuple(sorted(every, key=lambda d: rank.get(d.type & ~cl.device_type.DEFAULT, 2)))


def devices_of(platform: Any) -> list[Any]:
    """The devices of a platform; one that has none says so by an error, or not at all."""
    try:
        return list(platform.get_devices())
    except driver().Error:
        return []


def _named(variables: tuple[str, ...]) -> str:
    """The variables that are set and may hide devices, as the end of a sentence."""
    given = [f"{v}={os.environ[v]!r}" for v in variables if v in os.environ]
    return f", while {' and '.join(given)} may hide them" if given else ""


def cache_fault() -> str:
    """Why PoCL cannot keep its compiled kernels, without which it has no device; or nothing."""
    if all(platform.name != POCL for platform in installed()):
        return ""
    environ = os.environ
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME") or "/tmp", ".cache")
    folder = environ.get("POCL_CACHE_DIR") or os.path.join(cache, "pocl", "kcache")
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        return (
            f"PoCL keeps compiled kernels in {folder}, which cannot be written ({error.strerror}): "
            f"set POCL_CACHE_DIR (or XDG_CACHE_HOME, or HOME) to a folder that can"
        )
    return ""


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
