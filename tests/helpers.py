"""Small helpers of several test files."""

from __future__ import annotations

import gc
import io
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import lightgrad as light
from lightgrad.autograd import (
    CpuTensor,
    no_grad,
)

#: the class of tensors that `leaf` makes; the fixture `every_backend` changes it
CURRENT: Any = CpuTensor


def leaf(values: Any, dtype: str = "float32", requires_grad: bool = True) -> Any:
    return CURRENT.from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def shares_memory(a: Any, b: Any) -> bool:
    """Whether a change of one tensor in place would change the other; restores the values."""
    before, kept = a.numpy(), b.numpy()
    with no_grad():
        a += 1
        changed = not np.array_equal(b.numpy(), kept)
        a.copy_(type(a).from_numpy(before, requires_grad=False))
    return changed


def index(like: Any, values: Any) -> Any:
    """Indices on the device of a tensor."""
    return type(like).from_numpy(np.array(values, np.int64), requires_grad=False)


def equal(tensor: Any, values: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(tensor.numpy(), values, rtol=rtol)


def python(script: str, **environment: str) -> str:
    """What a script prints in an interpreter of its own."""
    env = {**os.environ, **environment}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def run_here(script: Path, *arguments: Any, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a script that is run in this process.

    A process of its own would mostly import.  The handler of Ctrl-C and the random stream are
    afterwards as before.
    """
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv = [str(script), *map(str, arguments)]
    handler, stream = signal.getsignal(signal.SIGINT), light.get_rng_state()
    with (
        mock.patch.object(sys, "argv", argv),
        mock.patch.object(sys, "path", [str(script.parent), *sys.path]),
        mock.patch.dict(os.environ, environment),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else 1
            if isinstance(stopped.code, str):  # which the interpreter prints
                err.write(f"{stopped.code}\n")
        finally:
            signal.signal(signal.SIGINT, handler)
            light.set_rng_state(stream)
    return code, out.getvalue(), err.getvalue()
