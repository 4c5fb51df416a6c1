"""The OpenCL devices of this machine: which there are, their memory, waiting for them.

``light.opencl`` is to the devices of ``"opencl"`` what ``torch.cuda`` is to CUDA's.
pyopencl is imported, and a device opened, when one of these functions needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lightgrad.autograd.devices.registry import find
from lightgrad.autograd.dtypes import float16, float64
from lightgrad.autograd.opencl import OpenCLTensor, platforms, schedule
from lightgrad.autograd.opencl import device as _device
from lightgrad.errors import DeviceError
from lightgrad.hints import missing

__all__ = [
    "DeviceInfo",
    "OpenCLTensor",
    "devices",
    "empty_cache",
    "is_available",
    "memory_stats",
    "synchronize",
]


#: words of torch.cuda -> what to write
OTHER_WORDS = {
    "device_count": "len(devices())",
    "get_device_name": "devices()[index].name",
    "get_device_properties": "devices()[index]",
    "manual_seed": "light.manual_seed()",
    "manual_seed_all": "light.manual_seed()",
    "max_memory_allocated": "memory_stats()['peak']",
    "memory_allocated": "memory_stats()['allocated']",
    "memory_reserved": "memory_stats()['held']",
    "set_device": "the variable LIGHTGRAD_OPENCL_DEVICE, or names such as 'opencl:1'",
}


if not TYPE_CHECKING:  # who checks types finds a misspelt name before

    def __getattr__(name: str) -> Any:
        if name in OTHER_WORDS:
            hint = f"; use {OTHER_WORDS[name]}"
            text = f"module 'lightgrad.opencl' has no attribute {name!r}{hint}"
            raise AttributeError(text, name=name, obj=None)
        raise missing(__name__, name)


@dataclass(frozen=True, repr=False)
class DeviceInfo:
    """An OpenCL device as its driver describes it: ``tensor.to(f"opencl:{index}")`` uses it."""

    index: int
    name: str
    platform: str
    driver: str
    #: "CPU", "GPU" or "ACCELERATOR"
    type: str
    #: bytes on the device, and in one array at most
    memory: int
    largest: int
    compute_units: int
    #: whether it is the one that is called "opencl"
    default: bool

    @property
    def fp16(self) -> bool:
        """Whether float16 tensors can be on it; found out by compiling a kernel."""
        return _device.get(self.index).supports(float16)

    @property
    def fp64(self) -> bool:
        """Whether float64 tensors can be on it; found out by compiling a kernel."""
        return _device.get(self.index).supports(float64)

    def __repr__(self) -> str:
        return (
            f"<opencl:{self.index} {self.name}: {self.type}, {self.memory / 2**30:.1f} GiB, "
            f"{self.platform}, driver {self.driver}{', default' if self.default else ''}>"
        )


def devices() -> list[DeviceInfo]:
    """All OpenCL devices, GPUs first, in the order of their indices.

    Opens none of them.  Without pyopencl, or a driver, the error says what to install.
    """
    cl, default = platforms.driver(), platforms.default()
    kinds = {getattr(cl.device_type, k): k for k in ("CPU", "GPU", "ACCELERATOR")}
    return [
        DeviceInfo(
            index,
            platforms.name(info),
            info.platform.name.strip(),
            info.driver_version.strip(),
            next((kinds[k] for k in kinds if info.type & k), "CUSTOM"),
            info.global_mem_size,
            info.max_mem_alloc_size,
            info.max_compute_units,
            index == default,
        )
        for index, info in enumerate(platforms.found())
    ]


def is_available() -> bool:
    """Whether there is an OpenCL device, and pyopencl to use it with."""
    try:
        return bool(platforms.found())
    except DeviceError:
        return False


def memory_stats(device: str | int = "opencl") -> dict[str, int]:
    """Bytes: ``allocated`` to tensors, ``held`` by the pool, ``peak`` so far, and in ``total``.

    What is only recorded takes no memory yet; `synchronize` first to count it.
    """
    return _opened(device).memory_stats()


def synchronize(device: str | int = "opencl") -> None:
    """Run everything recorded whose result is still wanted, and wait until it is done."""
    opened = _opened(device)
    schedule.flush(opened)
    opened.finish()


def empty_cache(device: str | int = "opencl") -> None:
    """Give the memory that the pool keeps for later back to the driver."""
    _opened(device).release()


def _opened(device: str | int) -> _device.Device:
    cls = find(f"opencl:{device}" if isinstance(device, int) else device)
    if not issubclass(cls, OpenCLTensor):
        raise DeviceError(f"{device!r} is not an OpenCL device; write 'opencl' or 'opencl:1'")
    return cls.cl()
