"""torch.distributed: a world of one process."""

from __future__ import annotations

import os
from typing import Any

from lightgrad.errors import UnsupportedError
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
__path__: list[str] = []


def is_available() -> bool:
    """False: there is one process.  Source: torch.distributed.is_available."""
    return False


is_torchelastic_launched = is_nccl_available = is_gloo_available = is_available
is_mpi_available = is_available
_initialized = [False]


def is_initialized() -> bool:
    """Whether the group of one has been made.  Source: torch.distributed.is_initialized."""
    return _initialized[0]


def get_rank(group: Any = None) -> int:
    """0, the rank of the one process.  Source: torch.distributed.get_rank."""
    return 0


def get_world_size(group: Any = None) -> int:
    """1, the number of processes.  Source: torch.distributed.get_world_size."""
    return 1


def init_process_group(
    backend: Any = None,
    init_method: Any = None,
    timeout: Any = None,
    world_size: int = -1,
    **_: Any,
) -> None:
    """Make the group of one; more processes are refused.

    Source: torch.distributed.init_process_group.
    """
    wanted = world_size if world_size > 0 else int(os.environ.get("WORLD_SIZE", 1))
    if wanted > 1:
        raise UnsupportedError(
            f"init_process_group: this is a world of one process, not {wanted}; run the program "
            f"without its options for several"
        )
    _initialized[0] = True


def destroy_process_group(group: Any = None) -> None:
    """Forget the group of one.  Source: torch.distributed.destroy_process_group."""
    _initialized[0] = False


def barrier(*args: Any, **kwargs: Any) -> None:
    """Return: the one process is there.  Source: torch.distributed.barrier."""


def all_reduce(tensor: Any, op: Any = None, group: Any = None, async_op: bool = False) -> None:
    """Leave the tensor: it is the sum over one process.  Source: torch.distributed.all_reduce."""


broadcast = reduce = all_reduce


def all_gather(tensor_list: list[Any], tensor: Any, *args: Any, **kwargs: Any) -> None:
    """Copy the tensor into the one of the list.  Source: torch.distributed.all_gather."""
    tensor_list[0].copy_(tensor)


class ReduceOp:
    """How tensors of several processes are put together.  Source: torch.distributed.ReduceOp."""

    SUM, PRODUCT, MIN, MAX, AVG = "SUM", "PRODUCT", "MIN", "MAX", "AVG"


class group:
    """The one group of processes.  Source: torch.distributed.group."""

    WORLD = None
