"""torch.random: the default generator, seeded, saved and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.stream import Generator, default_generator

__getattr__ = _lookup(__name__)

__all__ = [
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "thread_safe_generator",
]


def manual_seed(seed: Any) -> Generator:
    """Seed the default generator; returns it.  Source: torch.manual_seed.

    >>> import lightgrad.torch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randint(10, (3,))
    tensor([4, 9, 3])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator from entropy; returns the seed.  Source: torch.seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed the default generator started from.  Source: torch.initial_seed.

    >>> import lightgrad.torch as torch
    >>> _ = torch.manual_seed(-1)
    >>> torch.initial_seed() == 2**64 - 1
    True
    """
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default generator, 5056 bytes.  Source: torch.get_rng_state.

    >>> import lightgrad.torch as torch
    >>> torch.get_rng_state().shape
    torch.Size([5056])
    """
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Let the default generator go on from a state.  Source: torch.set_rng_state.

    >>> import lightgrad.torch as torch
    >>> state = torch.get_rng_state()
    >>> a = torch.rand(2)
    >>> torch.set_rng_state(state)
    >>> torch.equal(a, torch.rand(2))
    True
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Any = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: Any = None,
) -> Iterator[None]:
    """Put the default generator back at the end of a block.  Source: torch.random.fork_rng.

    >>> import lightgrad.torch as torch
    >>> state = torch.get_rng_state()
    >>> with torch.random.fork_rng():
    ...     _ = torch.manual_seed(3)
    >>> torch.equal(state, torch.get_rng_state())
    True
    """
    state = default_generator.state() if enabled else None
    try:
        yield
    finally:
        if state is not None:
            default_generator.go_on(state)


def thread_safe_generator() -> Generator | None:
    """None: the generator of a worker thread, in PyTorch."""
    return None
