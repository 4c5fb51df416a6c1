"""Settings and fixtures all tests share."""

from __future__ import annotations

import gc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests import helpers

torch.set_num_threads(1)


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--part", metavar="K/N", help="the K-th of N parts of the tests: --part 1/3")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    """The tests and what they import stay to the end: no collection of garbage visits them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)  # of those that -m and -k leave
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Which part a test is in depends on its name alone."""
    if not (part := config.getoption("--part")):
        return
    k, _, n = part.partition("/")
    if not (k.isdigit() and n.isdigit() and 1 <= int(k) <= int(n)):
        raise pytest.UsageError(f"--part {part}: expected K/N with 1 <= K <= N, as 1/3")
    kept = [i for i in items if zlib.crc32(i.nodeid.encode()) % int(n) == int(k) - 1]
    config.hook.pytest_deselected(items=[i for i in items if i not in set(kept)])
    items[:] = kept


@pytest.fixture(params=["cpu", "opencl", "opencl unfused"])
def every_backend(request: Any, monkeypatch: Any) -> Iterator[Any]:
    """The test runs once on each backend: its tensor class, which `helpers.leaf` uses too."""
    from tests.backends import backend  # looks for devices

    name, _, unfused = request.param.partition(" ")
    cls = backend(name)
    if unfused:
        monkeypatch.setattr(cls.cl(), "fuse", False)
    monkeypatch.setattr(helpers, "CURRENT", cls)
    yield cls
