"""The OpenCL backend on one device: against NumPy, the CPU backend, tinygrad and torch.

On a machine with a CUDA card torch joins, on that card and with TF32 off.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.cases import ROOT, Step, cnn, transformer
from benchmarks.report import Row

SUMMARY = "OpenCL: CNN, transformer, 16M elementwise chain and sum, matmul; costs, start, memory"

_TRAINING = {"cnn": cnn, "transformer": transformer}
#: elements of the elementwise workloads
SIZE = 1 << 24
MATMUL = 1024

#: it compares with OpenCL whatever is asked for
DEVICES = ("cpu", "opencl")
VARIANTS: dict[str, dict[str, Any]] = {
    name: {"work": name} for name in ("cnn", "transformer", "chain", "add", "matmul")
}


def _pair(size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.random(size, np.float32), rng.random(size, np.float32)


def _matrices() -> tuple[np.ndarray, np.ndarray]:
    n = 4096 if peers.cuda() else MATMUL
    rng = np.random.default_rng(4)
    return rng.random((n, n), np.float32), rng.random((n, n), np.float32)


# Ten elementwise operations, one of them a gelu; `f` has sqrt, exp and gelu.
def _chain(x: Any, y: Any, f: Any) -> Any:
    t = f.gelu(x * y + 0.5) - y
    return f.exp(-f.sqrt(t * t + 1.0)) * x


def missing(peer: str, variant: str) -> str:
    """Why a peer does not take part in a workload."""
    return "" if peer in _WORK[variant] else "no such workload"


# ----------------------------------------------------------------- lightgrad


def _lightgrad(work: str, device: str) -> Step:
    import lightgrad as light

    if work in _TRAINING:
        return _TRAINING[work].lightgrad(device=device)
    first, second = _matrices() if work == "matmul" else _pair()
    a, b = (light.from_numpy(v, requires_grad=False).to(device) for v in (first, second))
    compute = {
        "chain": lambda: _chain(a, b, _Methods),
        "add": lambda: a + b,
        "matmul": lambda: a @ b,
    }[work]
    return _elementwise(compute, lambda t: t[:1].numpy(), lambda t: t.numpy())


class _Methods:
    """Functions as methods of their argument."""

    @staticmethod
    def gelu(t: Any) -> Any:
        return t.gelu(approximate="tanh")

    @staticmethod
    def sqrt(t: Any) -> Any:
        return t.sqrt()

    @staticmethod
    def exp(t: Any) -> Any:
        return t.exp()


def _elementwise(compute: Callable[[], Any], wait: Callable[[Any], Any], values: Any) -> Step:
    last: list[Any] = []

    def run() -> None:
        last[:] = []  # the memory of the last result is free again
        result = compute()
        wait(result)
        last.append(result)

    return Step(run, lambda: {"sample": values(last[0]).reshape(-1)[::4099]})


# ----------------------------------------------------------------- the others


def _numpy(work: str, device: str) -> Step:
    class functions:
        sqrt, exp = np.sqrt, np.exp

        @staticmethod
        def gelu(t: Any) -> Any:
            return 0.5 * t * (1 + np.tanh(0.7978845608028654 * (t + 0.044715 * (t * t * t))))

    a, b = _matrices() if work == "matmul" else _pair()
    compute = {
        "chain": lambda: _chain(a, b, functions),
        "add": lambda: a + b,
        "matmul": lambda: a @ b,
    }[work]
    return _elementwise(compute, lambda t: None, lambda t: t)


def _copy_kernel(work: str, device: str) -> Step:
    """A plain copy on lightgrad's device: what its memory can do at best."""
    import pyopencl as cl

    from lightgrad.autograd.opencl.tensor import OpenCLTensor

    device = OpenCLTensor.cl()
    text = "__kernel void copy(__global const float8 *a, __global float8 *b)"
    program = cl.Program(device.context, text + "{ size_t i = get_global_id(0); b[i] = a[i]; }")
    kernel = cl.Kernel(program.build(), "copy")
    flags = cl.mem_flags
    source = cl.Buffer(device.context, flags.READ_WRITE | flags.COPY_HOST_PTR, hostbuf=_pair()[0])
    target = cl.Buffer(device.context, flags.READ_WRITE, SIZE * 4)

    def run() -> None:
        kernel.set_args(source, target)
        cl.enqueue_nd_range_kernel(device.queue, kernel, (SIZE // 8,), (64,))
        device.queue.finish()

    return Step(run, dict)


def _tinygrad(work: str, device: str) -> Step:
    from tinygrad import Tensor, TinyJit

    if work in _TRAINING:
        return _TRAINING[work].tinygrad()

    class functions:
        sqrt, exp, gelu = Tensor.sqrt, Tensor.exp, Tensor.gelu  # gelu is the tanh form there

    a, b = (Tensor(v).realize() for v in (_matrices() if work == "matmul" else _pair()))
    compute = {
        "chain": lambda: _chain(a, b, functions).realize(),
        "add": lambda: (a + b).realize(),
        "matmul": lambda: (a @ b).realize(),
    }[work]
    return _elementwise(TinyJit(compute), lambda t: t[:1].numpy(), lambda t: t.numpy())


def _torch(work: str, device: str) -> Step:
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if work in _TRAINING:
        return _TRAINING[work].torch(device="cuda")

    class functions:
        sqrt, exp = torch.sqrt, torch.exp

        @staticmethod
        def gelu(t: Any) -> Any:
            return torch.nn.functional.gelu(t, approximate="tanh")

    a, b = (torch.from_numpy(v).cuda() for v in (_matrices() if work == "matmul" else _pair()))
    compute = {
        "chain": lambda: _chain(a, b, functions),
        "add": lambda: a + b,
        "matmul": lambda: a @ b,
    }[work]
    return _elementwise(compute, lambda t: torch.cuda.synchronize(), lambda t: t.cpu().numpy())


PEERS: dict[str, Callable[..., Step]] = {
    "lightgrad": lambda work, device: _lightgrad(work, "opencl"),
    "lightgrad:cpu": lambda work, device: _lightgrad(work, "cpu"),
    "tinygrad:opencl": _tinygrad,
    "numpy": _numpy,
    "pyopencl": _copy_kernel,
    "torch:cuda": _torch,
}
_WORK: dict[str, tuple[str, ...]] = {
    "cnn": ("lightgrad", "lightgrad:cpu", "tinygrad:opencl", "torch:cuda"),
    "transformer": ("lightgrad", "lightgrad:cpu", "tinygrad:opencl", "torch:cuda"),
    "chain": ("lightgrad", "numpy", "tinygrad:opencl", "torch:cuda"),
    "add": ("lightgrad", "numpy", "tinygrad:opencl", "pyopencl", "torch:cuda"),
    "matmul": ("lightgrad", "numpy", "tinygrad:opencl", "torch:cuda"),
}


# ----------------------------------------------------------------- what is not a comparison


def conclude(rows: list[Row], say: Callable[[str], None]) -> list[Row]:
    """Figures made of others, and those of processes of their own."""
    seconds = {(r.case, r.peer): r.value for r in rows}
    ours, plain = seconds.get(("opencl add", "lightgrad")), seconds.get(("opencl add", "pyopencl"))
    found = []
    if ours and plain:  # three arrays move against two
        note = "bandwidth of a + b over that of the copy kernel (pyopencl)"
        found.append(Row("opencl add", "lightgrad", 1.5 * plain / ours, unit="of copy", note=note))
    say("opencl: cost of an operation in Python")
    costs = _measured("costs")
    found += [Row(f"opencl {k}", "lightgrad", v) for k, v in costs.items()]
    with tempfile.TemporaryDirectory() as cache:
        for name in ("first step, cold caches", "first step, second process"):
            say(f"opencl: {name}")
            figure = _measured("start", POCL_CACHE_DIR=cache, XDG_CACHE_HOME=cache)
            note = "device opened, kernels built, one CNN step"
            found.append(Row(f"opencl {name}", "lightgrad", figure["seconds"], note=note))
    say("opencl: memory over 5,000 steps")
    held = _measured("memory")
    note = f"pool after 100 steps {held['first']:.2f} MiB, after 5,000 {held['last']:.2f} MiB"
    grown = held["last"] - held["first"]
    found.append(Row("opencl memory", "lightgrad", grown, unit="MiB", note=note))
    return found


def _measured(what: str, **environment: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cases.opencl", what],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        cwd=ROOT,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def costs() -> dict[str, float]:
    """Seconds of Python per recorded operation, and per launched kernel."""
    import time

    import lightgrad as light

    a, b = (light.from_numpy(v, requires_grad=False).opencl() for v in _pair(64))

    def seconds(run: Callable[[], Any]) -> float:
        times = []
        for _ in range(200):
            start = time.perf_counter()
            for _ in range(10):
                run()
            times.append((time.perf_counter() - start) / 10)
            (a + b).numpy()  # waits, so that the queue stays short
        return float(np.median(times))

    recorded = seconds(lambda: a + b)
    launched = seconds(lambda: (a + b).data.ready())
    return {"recorded operation": recorded, "launched kernel": launched - recorded}


def start() -> dict[str, float]:
    """Seconds from an imported library to the loss of the first training step."""
    import time

    begin = time.perf_counter()
    step = cnn.lightgrad(device="opencl")
    step.run()
    return {"seconds": time.perf_counter() - begin}


def memory() -> dict[str, float]:
    """MiB held by the pool after 100 training steps and after 5,000."""
    from lightgrad.autograd.opencl.tensor import OpenCLTensor

    step = cnn.lightgrad(device="opencl")
    found = {}
    for i in range(1, 5001):
        step.run()
        if i in (100, 5000):
            name = "first" if i == 100 else "last"
            found[name] = OpenCLTensor.cl().memory_stats()["held"] / 2**20
    return found


if __name__ == "__main__":
    print(json.dumps({"costs": costs, "start": start, "memory": memory}[sys.argv[1]]()))
