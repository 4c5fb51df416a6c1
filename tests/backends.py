"""The registered backends as test parameters; missing hardware is a skip with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lightgrad.autograd.devices import registry

NAMES = ("cpu", "opencl")  # not those of other packages that happen to be installed


def unavailable(name: str) -> str:
    """Why a backend cannot run here, or an empty text."""
    try:
        registry.find(name).ones((1,), requires_grad=False)
    except (ImportError, RuntimeError, OSError) as error:
        return f"{name}: {type(error).__name__}: {error}"
    return ""


REASONS = {name: unavailable(name) for name in NAMES}


def backend(name: str) -> Any:
    """The tensor class of a backend, or a skip."""
    if REASONS[name]:
        pytest.skip(REASONS[name])
    return registry.find(name)


#: what tests of changes in place run on: the devices, with and without fusion, and a user's
#: backend whose views share memory
VARIANTS = ("cpu", "opencl", "opencl unfused", "sound")


@contextmanager
def variant(name: str) -> Iterator[Any]:
    """The tensor class of one of these, set up as it says."""
    if name == "sound":
        from tests.planted import Sound

        yield Sound
        return
    cls = backend(name.split()[0])
    if not name.endswith("unfused"):
        yield cls
        return
    device = cls.cl()
    before, device.fuse = device.fuse, False
    try:
        yield cls
    finally:
        device.fuse = before
