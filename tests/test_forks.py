"""A forked child: at once an error where OpenCL is lost to it, and the CPU works as ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.backends import backend

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

BEGIN = """
import os, signal, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads: the point of this
import numpy as np
import lightgrad as light

def child(function):
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        signal.alarm(30)
        try:
            said = repr(function())
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    print(said if os.waitpid(process, 0)[1] == 0 else "hangs")
"""


def said(script: str, **environment: str) -> list[str]:
    """What the children of a script said, a line each."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


USES = """
x = light.tensor([1.0, 2.0], device="opencl")
w = (x * 3).exp()  # recorded, not run
model = light.nn.Linear(2, 2).to("opencl")
uses = [
    lambda: light.tensor([1.0]).to("opencl"),
    lambda: light.rand(3, device="opencl"),
    lambda: x.numpy(), lambda: w.tolist(), lambda: x[0].item(), lambda: repr(x),
    lambda: model(x), lambda: w.sum().backward() or x.grad.numpy(),
    lambda: x.detach().add_(1).numpy(), lambda: light.opencl.synchronize(),
    lambda: light.opencl.memory_stats(), lambda: light.opencl.devices(),
]
for use in uses:
    child(use)
child(light.opencl.is_available)
child(lambda: (light.ones(2) @ light.ones(2)).item())
def last():
    global x, w, model
    del x, w, model, uses[:]
    import gc
    gc.collect()
child(last)
print(w.log().tolist())
"""


@pytest.mark.parametrize("share", ["1", "0"])
def test_opencl_of_the_parent_is_an_error_in_the_child(share: str) -> None:
    backend("opencl")
    lines = said(USES, LIGHTGRAD_OPENCL_SHARE=share)
    for line in lines[:12]:
        assert line.startswith("DeviceError: OpenCL was in use before this process was forked")
        assert "multiprocessing.get_context('spawn') or 'forkserver'" in line
    assert lines[12:15] == ["False", "2.0", "None"]
    np.testing.assert_allclose(json.loads(lines[-1]), [3, 6], rtol=1e-6)  # the parent goes on


def test_a_child_may_use_opencl_that_its_parent_did_not() -> None:
    backend("opencl")
    assert said('child(lambda: light.ones(3, device="opencl").mul(2).sum().item())') == ["6.0"]


BUSY = """
from lightgrad.autograd import generator, hooks
from lightgrad.data import DataLoader, TensorDataset

def work():
    light.manual_seed(3)
    a = light.rand(300, 300)
    (a @ a + (a * 2).exp()).sum().backward()
    return round(a.grad.sum().item())

light.set_num_threads(3)
work()
stop, held = threading.Event(), threading.Event()
def busy():
    while not stop.is_set():
        light.rand(300, 300).exp().sum().backward()
def hold(lock):  # longer than anybody does
    while not stop.is_set():
        with lock:
            held.set()
            time.sleep(0.02)
threads = [threading.Thread(target=busy) for _ in range(2)]
threads += [threading.Thread(target=hold, args=[lock]) for lock in (generator._LOCK, hooks.LOCK)]
for thread in threads:
    thread.start()
held.wait()
for _ in range(5):
    child(work)
batches = iter(DataLoader(TensorDataset(np.arange(20)), 2, num_workers=2))
next(batches)
child(lambda: [next(batches) for _ in range(9)])
child(lambda: len(list(DataLoader(TensorDataset(np.arange(20)), 2, num_workers=2))))
stop.set()
print(len(list(batches)), work())
"""


def test_a_child_of_a_busy_process_works_on_the_cpu() -> None:
    lines = said(BUSY)
    *rest, parent = lines
    number = parent.split()[1]
    assert rest[:5] == [number] * 5
    assert rest[5].startswith("LoaderError: DataLoader: this loop over batches was begun before")
    assert rest[6:] == ["10"] and parent.split()[0] == "9"


def test_locks_wait_for_nobody_in_a_child() -> None:
    script = """
from lightgrad import forks
lock, gone = forks.lock(), forks.Lost("The thing")
thread = threading.Thread(target=lambda: lock.acquire() and time.sleep(0.2) or lock.release())
thread.start()
child(lambda: lock.acquire(timeout=60))
def use():
    with gone: pass
child(use)
child(lambda: gone.queue)
"""
    first, *others = said(script)
    assert first == "True"
    assert all(line.startswith("DeviceError: The thing was in use") for line in others)


def test_the_default_is_kept(monkeypatch: Any) -> None:
    """Systems without fork have nothing to register."""
    from lightgrad import forks

    monkeypatch.delattr(os, "register_at_fork")
    with forks.lock():
        forks.in_child(int)
