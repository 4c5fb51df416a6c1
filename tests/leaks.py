"""A test that leaves global state behind fails, and what it left is put right for the next one.

`tests/conftest.py` imports the fixture, and other suites have it with `-p tests.leaks`.
Every test is looked at, so each entry costs a microsecond at most.  The default generator is no
entry: tests may seed it, and it goes on afterwards as if they had not.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor, CpuTensor, dtypes, generator, mode
from lightgrad.autograd.cpu import threads
from lightgrad.autograd.devices import registry, strict
from lightgrad.autograd.functional import tape
from lightgrad.autograd.observers import call, wrapping
from lightgrad.torch._core import devices, printing

Put = Callable[[Any], Any]
#: of the environment; torch sets others while it runs
SWITCHES = tuple(
    f"LIGHTGRAD_{name}" for name in ("STRICT", "FUSE", "OPENCL_SHARE", "OPENCL_DEVICE", "DATA")
)


def _variable(variable: Any) -> tuple[Callable[[], Any], Put]:
    return variable.get, variable.set


def _names(
    table: dict[str, Any], cls: Any, but: Callable[[], Any] = tuple
) -> tuple[Callable[[], Any], Put]:
    """The names in a table; those that are new are taken out again, and off the class too."""

    def read() -> tuple[str, ...]:
        spared = but()
        return tuple(name for name in table if name not in spared) if spared else tuple(table)

    def put(before: tuple[str, ...]) -> None:
        for name in set(read()) - set(before):
            del table[name]
            if name in vars(cls):
                delattr(cls, name)

    return read, put


#: OpenCL devices, and whether they fused when they were first seen
FIRST: dict[Any, bool] = {}


def _fuse() -> tuple[Any, ...]:
    """The OpenCL devices in use that do not fuse as they did at first."""
    module = sys.modules.get("lightgrad.autograd.opencl.device")
    devices = module._DEVICES.items() if module else ()
    return tuple(key for key, d in devices if d.fuse != FIRST.setdefault(key, d.fuse))


def _put_fuse(before: tuple[Any, ...]) -> None:
    for key, device in sys.modules["lightgrad.autograd.opencl.device"]._DEVICES.items():
        device.fuse = FIRST[key] != (key in before)


def _look_on(before: tuple[Any, ...]) -> None:
    call.WATCHING[:] = [observer for observer in call.WATCHING if observer in before]
    call.refresh()
    if not call.WATCHING:
        wrapping._remove()


def _put_path(before: tuple[str, ...]) -> None:
    sys.path[:] = before


def _put_switches(before: list[str | None]) -> None:
    for name, value in zip(SWITCHES, before, strict=True):
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _put_meanings(before: dict[str, str]) -> None:
    devices.MEANS.clear()
    devices.MEANS.update(before)


def _on_interrupt() -> Any:
    return signal.getsignal(signal.SIGINT)


#: what there is, how to read it, and how to put it back
STATES: dict[str, tuple[Callable[[], Any], Put | None]] = {
    "whether gradients are recorded": _variable(mode.GRAD),
    "the phase of training": _variable(mode.PHASE),
    "whether a hook runs": _variable(mode.FOREIGN),
    "whether a function is differentiated": _variable(tape._INSIDE),
    "the generator in the default one's place": _variable(generator._STREAM),
    "who looks on": (lambda: (*call.WATCHING, bool(mode.LISTENER[0])), _look_on),
    "methods that observers have replaced": (lambda: len(wrapping._REPLACED), None),
    "strict mode": (strict.is_strict, strict._switch),
    "the default dtype": (dtypes.default, dtypes.set_default),
    "how tensors are printed": (
        printing.get_printoptions,
        lambda before: printing.set_printoptions(**before),
    ),
    "what names of devices mean": (lambda: dict(devices.MEANS), _put_meanings),
    "inside which devices": _variable(devices._inside),
    "the default device": _variable(devices._default),
    "the number of threads": (lambda: threads._threads, light.set_num_threads),
    # but for those of installed packages, which a test may be the first to look for
    "registered backends": _names(registry._BACKENDS, AbstractTensor, lambda: registry._INSTALLED),
    "registered ops": _names(AbstractTensor._ops, AbstractTensor),
    "kernels of the CPU": _names(CpuTensor._ops, CpuTensor),
    "fusion on OpenCL": (_fuse, _put_fuse),
    "whether garbage is collected": (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    "how NumPy treats errors": (np.geterr, lambda before: np.seterr(**before)),
    "the folder": (os.getcwd, os.chdir),
    "variables of the environment": (lambda: [os.environ.get(n) for n in SWITCHES], _put_switches),
    "where modules are looked for": (lambda: tuple(sys.path), _put_path),
    "what Ctrl-C does": (_on_interrupt, lambda handler: signal.signal(signal.SIGINT, handler)),
}
_READ = [read for read, _ in STATES.values()]


def leaked(before: list[Any]) -> list[str]:
    """What is no longer as it was, in words; it is put back where that can be done."""
    found = []
    for (what, (read, put)), old in zip(STATES.items(), before, strict=True):
        if (now := read()) != old:
            found.append(f"{what}: {old!r} before, {now!r} after")
            if put is not None:
                put(old)
    return found


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Set up before the other fixtures of a test and taken down after them."""
    stream = generator.default_generator
    seed, counter = stream._seed, stream._counter
    before = [read() for read in _READ]
    yield
    if stream._seed != seed:
        stream.set_state({"seed": seed, "counter": counter})
    if before != [read() for read in _READ] and (found := leaked(before)):
        pytest.fail("the test leaves behind\n  " + "\n  ".join(found), pytrace=False)
