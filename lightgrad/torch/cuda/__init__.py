"""torch.cuda: the OpenCL device, where a program is told that "cuda" means it."""

from __future__ import annotations

from typing import Any

from lightgrad.torch._core import accelerators as _there
from lightgrad.torch._core.accelerators import device, empty_cache, synchronize
from lightgrad.torch._core.legacy import types as _types
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.streams import Event, Stream
from lightgrad.torch.cuda import amp
from lightgrad.torch.random import get_rng_state as _get_rng_state
from lightgrad.torch.random import initial_seed
from lightgrad.torch.random import manual_seed as _manual_seed
from lightgrad.torch.random import seed as _seed
from lightgrad.torch.random import set_rng_state as _set_rng_state

#: that there is nothing of CUDA to be asked, by a private name that programs read
_initialized = False

__getattr__ = _lookup(__name__)
globals().update(_types("cuda"))

is_available = is_initialized = _there.is_called_cuda


def manual_seed(seed: Any) -> None:
    """Begin the stream of the device anew, if there is one.  Source: torch.cuda.manual_seed."""
    if is_available():
        _manual_seed(seed)


def seed() -> None:
    """Begin the stream of the device with a seed by chance.  Source: torch.cuda.seed."""
    if is_available():
        _seed()


manual_seed_all, seed_all = manual_seed, seed
set_device, current_device = _there.choose, _there.index
ipc_collect = reset_peak_memory_stats = init = empty_cache
current_stream = default_stream = Stream


def device_count() -> int:
    """How many devices are called "cuda".  Source: torch.cuda.device_count."""
    return _there.count() if is_available() else 0


class device_of(device):
    """The device of a tensor, in a block.  Source: torch.cuda.device_of."""

    def __init__(self, obj: Any) -> None:
        self.idx = obj.get_device()


class stream:
    """A block in a stream, of which a device has one.  Source: torch.cuda.stream."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


def get_device_name(device: Any = None) -> str:
    """What the driver calls a device.  Source: torch.cuda.get_device_name."""
    return str(_there.info(device).name)


class _Properties:
    def __init__(self, info: Any) -> None:
        self.name, self.total_memory = info.name, info.memory
        self.major = self.minor = 0
        self.multi_processor_count = info.compute_units


def get_device_properties(device: Any = None) -> Any:
    """Name and memory of a device.  Source: torch.cuda.get_device_properties."""
    return _Properties(_there.info(device))


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """(0, 0): the device has no CUDA.  Source: torch.cuda.get_device_capability."""
    return 0, 0


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False: tensors cannot hold bfloat16.  Source: torch.cuda.is_bf16_supported."""
    return False


def memory_allocated(device: Any = None) -> int:
    """The bytes that tensors take.  Source: torch.cuda.memory_allocated."""
    return _there.memory("allocated", device)


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that tensors took.  Source: torch.cuda.max_memory_allocated."""
    return _there.memory("peak", device)


def memory_reserved(device: Any = None) -> int:
    """The bytes that are held for tensors.  Source: torch.cuda.memory_reserved."""
    return _there.memory("held", device)


max_memory_reserved = memory_cached = max_memory_cached = memory_reserved
reset_max_memory_allocated = reset_max_memory_cached = empty_cache


def get_rng_state(device: Any = "cuda") -> Any:
    """The state of the default generator, which all devices share."""
    return _get_rng_state()


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Let the default generator, which all devices share, go on from a state."""
    _set_rng_state(new_state)
