"""torch.cuda.comm: there is one device, so that nothing is to be sent."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.namespace import cat as _cat
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def broadcast(tensor: Any, devices: Any = None, *, out: Any = None) -> tuple[Any, ...]:
    """The tensor on each of the devices.  Source: torch.cuda.comm.broadcast."""
    return tuple(tensor.to(d) for d in devices)


def broadcast_coalesced(tensors: Any, devices: Any, buffer_size: int = 0) -> tuple[Any, ...]:
    """Tensors on each of the devices.  Source: torch.cuda.comm.broadcast_coalesced."""
    return tuple(tuple(t.to(d) for t in tensors) for d in devices)


def reduce_add(inputs: Any, destination: Any = None) -> Any:
    """The sum of tensors.  Source: torch.cuda.comm.reduce_add."""
    total = inputs[0]
    for t in inputs[1:]:
        total = total + t.to(total.device)
    return total


def gather(tensors: Any, dim: int = 0, destination: Any = None, *, out: Any = None) -> Any:
    """Tensors joined.  Source: torch.cuda.comm.gather."""
    first = tensors[0]
    return _cat([t.to(first.device) for t in tensors], dim)
