"""Settings and fixtures all tests share."""

from __future__ import annotations

import gc
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lightgrad as light
from lightgrad import CpuTensor
from tests import helpers, one_op
from tests.leaks import nothing_leaks as nothing_leaks  # of every test


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--part", metavar="K/N", help="the K-th of N parts of the tests: --part 1/3")
    parser.addoption(
        "--op",
        metavar="NAME",
        action="append",
        default=[],
        help="only the tests of this op, or of those that a pattern means; may be repeated",
    )


def pytest_configure(config: Any) -> None:
    one_op.choose(config.getoption("--op"))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """With --op nothing else is even imported: that would take longer than the tests."""
    return (collection_path.suffix == ".py" and one_op.ignored(collection_path.name)) or None


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
    """With --op, the tests of ops alone.  Which part a test is in depends on its name alone."""
    if one_op.PATTERNS:
        keep(config, items, one_op.of_one_op)
    if not (part := config.getoption("--part")):
        return
    k, _, n = part.partition("/")
    if not (k.isdigit() and n.isdigit() and 1 <= int(k) <= int(n)):
        raise pytest.UsageError(f"--part {part}: expected K/N with 1 <= K <= N, as 1/3")
    keep(config, items, lambda i: zlib.crc32(i.nodeid.encode()) % int(n) == int(k) - 1)


def keep(config: Any, items: list[Any], wanted: Callable[[Any], bool]) -> None:
    config.hook.pytest_deselected(items=[i for i in items if not wanted(i)])
    items[:] = [i for i in items if wanted(i)]


def pytest_collection_finish() -> None:
    """What has no tests to run, as the process that hands them out, does without torch."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture
def launches(monkeypatch: Any) -> list[str]:
    """Grows by the name of every kernel that is enqueued on OpenCL."""
    from lightgrad.autograd.opencl.device import Kernel

    found: list[str] = []
    run = Kernel.run

    def counted(self: Any, *args: Any) -> None:
        found.append(self.name)
        run(self, *args)

    monkeypatch.setattr(Kernel, "run", counted)
    return found


@pytest.fixture
def four_threads() -> Iterator[None]:
    """Kernels of the CPU run in pieces on four threads."""
    before = light.get_num_threads()
    light.set_num_threads(4)
    yield
    light.set_num_threads(before)


@pytest.fixture
def pool_of(monkeypatch: Any) -> Callable[[int], list[int]]:
    """A pool of its own in which so many threads can be started."""
    import threading

    from lightgrad.autograd.cpu import threads

    def limit(number: int) -> list[int]:
        tried: list[int] = []
        start = threading.Thread.start

        def failing(thread: threading.Thread) -> None:
            tried.append(1)
            if len(tried) > number:
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threads, "_pool", threads._Pool())
        monkeypatch.setattr(threading.Thread, "start", failing)
        return tried

    return limit


@pytest.fixture
def npu() -> Iterator[Any]:
    """NewTensor under a name of its own, for the time of one test."""
    from lightgrad.autograd import AbstractTensor
    from lightgrad.autograd.devices import registry
    from tests.new_accelerator import NewTensor

    light.register_backend("npu", NewTensor)
    yield NewTensor
    del registry._BACKENDS["npu"]
    del AbstractTensor.npu
    NewTensor.device_name = ""


@pytest.fixture(params=["cpu", "opencl", "opencl unfused", "sound"])
def every_variant(request: Any) -> Iterator[str]:
    """The test runs on what changes in place are tested on: `tests.mutation` makes its tensors."""
    from tests import mutation
    from tests.backends import variant

    with variant(request.param) as mutation.CLASS[0]:
        yield request.param
    mutation.CLASS[0] = CpuTensor


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
