"""torch.utils.checkpoint."""

from typing import Any

from lightgrad.autograd.utils.checkpoint import STREAMS as _STREAMS
from lightgrad.autograd.utils.checkpoint import checkpoint as checkpoint
from lightgrad.autograd.utils.checkpoint import checkpoint_sequential as checkpoint_sequential
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.stream import default_generator as _generator

_STREAMS.append(lambda: _generator)

__getattr__ = _lookup(__name__)


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """Devices with streams of random numbers of their own, and the states: none, there is one.

    Source: torch.utils.checkpoint.get_device_states.
    """
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """Nothing: the stream of all devices is that of ``torch.get_rng_state``.

    Source: torch.utils.checkpoint.set_device_states.
    """
