"""Memory on OpenCL: what does not fit, what is freed, threads that share it, and files."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.autograd.opencl import OpenCLTensor, schedule
from lightgrad.autograd.opencl import array as arrays
from lightgrad.errors import (
    DeviceError,
    DeviceOutOfMemoryError,
    InplaceError,
    ShapeError,
)
from tests.helpers import python
from tests.on_opencl import DEVICE, place

# ------------------------------------------------------------------ memory


def test_an_array_too_large_for_the_device() -> None:
    total = DEVICE.info.global_mem_size
    message = r"MiB were requested; .* MiB are in use .* of \d+ MiB, .*CL_DEVICE_MAX_MEM_ALLOC_SIZE"
    x = place([1, 2])
    with pytest.raises(DeviceOutOfMemoryError, match=message) as caught:
        OpenCLTensor.empty((total,), requires_grad=False)
    assert f"{total * 4 / 2**20:.1f} MiB were requested" in str(caught.value)
    y = x.reshape(2, 1).expand(2, total)
    with pytest.raises(DeviceOutOfMemoryError):
        (y * 2 + 1).sum(dim=0).numpy()
    with pytest.raises(MemoryError):
        y.clone().numpy()
    x += 1
    assert ((x * 2).tolist(), x.sum().item()) == ([4, 6], 5)


@pytest.mark.parametrize("far", ["rows", "columns", "depth", "batches"])
def test_a_product_that_its_kernel_cannot_count(
    monkeypatch: pytest.MonkeyPatch, far: str, launches: list[str]
) -> None:
    """Of repeated memory, so that only the result would be large."""
    one, four, n = place([[1]]), place([[1, 2], [3, 4]]), 2**31 - 1
    a = {"rows": (n, 2), "depth": (2, n), "batches": (n, 2, 2)}.get(far, (2, 2))
    b = {"columns": (2, n), "depth": (n, 2), "batches": (n, 2, 2)}.get(far, (2, 2))
    x, y = (four if far == "batches" else one).expand(*a), one.expand(*b)
    before = light.opencl.memory_stats()["allocated"]
    with monkeypatch.context() as patch:
        patch.setattr(DEVICE, "shares", False)  # else BLAS would be asked
        with pytest.raises(ShapeError, match=f"^matmul: .*{n}.* 32 bits; split it"):
            x @ y
    assert launches == [] and light.opencl.memory_stats()["allocated"] == before


def test_many_arrays_that_are_too_large_together(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 1 << 20
    light.opencl.empty_cache()
    used = light.opencl.memory_stats()["allocated"]
    monkeypatch.setattr(DEVICE, "total", used + 4 * size)
    monkeypatch.setattr(DEVICE, "largest", 2 * size)
    held: list[Any] = []
    with pytest.raises(DeviceOutOfMemoryError, match=r"1.0 MiB were requested; .* MiB are in use"):
        for _ in range(5):
            held.append(OpenCLTensor.empty((size,), np.uint8, requires_grad=False))
    assert len(held) == 4
    held.clear()
    for _ in range(20):  # of all sizes: what the pool keeps is given back in time
        assert OpenCLTensor.ones((size // 4 - 1,), requires_grad=False).reshape(-1).sum() > 0
        assert OpenCLTensor.ones((size // 2,), np.uint8, requires_grad=False).reshape(-1).sum() > 0
    stats = light.opencl.memory_stats()
    assert stats["allocated"] <= stats["total"] == used + 4 * size


def test_memory_stays_the_same_from_step_to_step() -> None:
    x, w = place(np.ones((64, 32))), place(np.full((32, 8), 0.01), requires_grad=True)
    seen = []
    for _ in range(200):
        y = (x.reshape(64, 32, 1) * w.reshape(1, 32, 8)).sum(dim=1)
        ((y - 1) * (y - 1)).sum().backward()
        with light.no_grad():
            w -= 1e-4 * w.grad
        w.grad = None
        light.opencl.synchronize()
        stats = light.opencl.memory_stats()
        seen.append((stats["allocated"], stats["held"]))
    assert set(seen[10:]) == {seen[10]}


# ------------------------------------------------------------------ threads, sums, files


def train(seed: int) -> list[list[float]]:
    """A few steps of a small network written out; its weights in the end."""
    rng = np.random.default_rng(seed)
    x, y = place(rng.standard_normal((32, 5))), place(rng.standard_normal((32, 1)))
    weights = [place(rng.standard_normal(s) / 4, requires_grad=True) for s in ((5, 7), (7, 1))]
    for _ in range(15):
        h = x @ weights[0]
        h = h * (h > 0)
        error = h @ weights[1] - y
        (error * error).sum().backward()
        with light.no_grad():
            for w in weights:
                old = w * 1
                w -= 0.001 * w.grad
                w += 0.5 * (w - old) * 0
                w.grad = None
    return [w.reshape(-1).tolist() for w in weights]


def test_threads_train_as_if_alone() -> None:
    want = [train(seed) for seed in range(4)]
    got: dict[int, Any] = {}

    def work(seed: int) -> None:
        got[seed] = train(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [got.get(seed) for seed in range(4)] == want


def test_threads_may_share_what_is_recorded() -> None:
    x = place(np.arange(1000))
    wrong: list[Any] = []

    def work(start: threading.Barrier, shared: list[Any]) -> None:
        for k in range(len(shared)):
            start.wait()
            value, zero = shared[k]
            got = ((value + 1) * 2 + (zero + 1)).sum().item()
            if got != 2 * (499500 * (k + 1) + 1000) + 1000:
                wrong.append((k, got))

    shared = [(x * (k + 1), OpenCLTensor.zeros((1000,), requires_grad=False)) for k in range(50)]
    start = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(start, shared)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_sums_are_exact_enough_and_the_same_every_time() -> None:
    values = np.random.default_rng(0).standard_normal(1_000_003).astype(np.float32)
    x = place(values)
    found = {((x * 1.5).sum().item(), (x * 1.5).reshape(-1).sum(dim=0).item()) for _ in range(5)}
    assert len(found) == 1
    want = (values.astype(np.float64) * 1.5).sum()
    for total in next(iter(found)):
        assert abs(total - want) < 1e-6 * np.abs(values).sum()


def test_tensors_are_saved_and_come_back_to_their_device(tmp_path: Path) -> None:
    x = place([[1, 2], [3, 4]], requires_grad=True)
    light.save({"x": x, "recorded": x.detach().T * 2}, tmp_path / "file")
    back = light.load(tmp_path / "file")
    assert back["x"].device == "opencl" and back["x"].requires_grad
    assert back["x"].tolist() == [[1, 2], [3, 4]]
    assert back["recorded"].tolist() == [[2, 6], [4, 8]]
    assert light.load(tmp_path / "file", device="cpu")["x"].device == "cpu"
    assert light.load(tmp_path / "file", map_location="cpu")["x"].device == "cpu"


def test_habits_from_torch() -> None:
    x = light.ones(2, requires_grad=False).to("opencl", non_blocking=True)
    model = nn.Linear(2, 2).to("opencl", non_blocking=True)
    index = DEVICE.index
    assert x.opencl(index) is x and model.opencl(index).weight.device == x.device == "opencl"
    for move in (x.opencl, model.opencl):
        with pytest.raises(DeviceError, match="opencl:99: there is no such device"):
            move(99)
    assert "float32 (2,)" in repr(x.data)
    with pytest.raises(InplaceError, match="copy_: a leaf"):
        model.weight.copy_(model.weight.detach())
    with pytest.raises(AttributeError, match="'is_cuda'.*; use .device"):
        x.is_cuda  # noqa: B018
    with pytest.raises(AttributeError, match=r"'device_count'; use len\(devices\(\)\)"):
        light.opencl.device_count()
    with pytest.raises(AttributeError, match="no attribute 'nothing'$"):
        light.opencl.nothing  # noqa: B018
    with pytest.raises(AttributeError, match=r"Linear has no attribute 'cuda'; use .to\(device\)"):
        model.cuda()


def test_a_module_moves_there_and_back() -> None:
    model = nn.Linear(3, 2)
    want = model(light.ones(1, 3)).tolist()
    model.to("opencl")
    assert {p.device for p in model.parameters()} == {"opencl"}
    got = model(light.ones(1, 3).opencl())
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-6)
    model.to("cpu")
    assert {p.device for p in model.parameters()} == {"cpu"}


@pytest.mark.parametrize("dtype", [light.float32, light.float64])
def test_functions_that_two_operations_call_are_written_once(dtype: Any) -> None:
    """gelu and its slope call the same distribution function, in one kernel."""
    x = light.tensor([[-1.0, 0.5, 2.0]], device="opencl", dtype=dtype)
    (g,) = light.autograd.grad((x.gelu() * x.gelu()).sum(), x, create_graph=True)
    y = np.array([[-1.0, 0.5, 2.0]])
    cdf = 0.5 * (1 + np.vectorize(math.erf)(y / math.sqrt(2)))
    slope = cdf + y * np.exp(-y * y / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(g.detach().numpy(), 2 * y * cdf * slope, rtol=2e-6)


def test_an_exit_waits_for_the_device() -> None:
    """PoCL crashes in what it still compiles and computes when its code is taken apart."""
    code = """
import atexit, time
done = []
atexit.register(lambda: print(done[0].command_execution_status == 0))
import lightgrad as light
from lightgrad.autograd.opencl import device
x = light.rand(1500, 1500, device="opencl", requires_grad=False)
y = (x @ x) @ x
y._data.ready()
cl = device.get(0).cl
done.append(cl.enqueue_marker(device.get(0).queue))
"""
    assert python(code, LIGHTGRAD_OPENCL_SHARE="0") == "True"


def test_a_part_that_is_written_from_its_own_tensor_has_memory_of_its_own_size(
    monkeypatch: Any,
) -> None:
    """What is computed first lies without gaps: with the part's steps it would not fit."""
    run = schedule._run

    def checked(device: Any, linear: Any, root: Any, target: Any) -> None:
        assert target is not None or arrays.is_dense(root.shape, root.strides)
        run(device, linear, root, target)

    monkeypatch.setattr(schedule, "_run", checked)
    x = light.tensor(np.arange(40.0), device="opencl")
    y = x * 1.5
    y[11:31:2] = y[5:6]
    expected = np.arange(40.0) * 1.5
    expected[11:31:2] = 7.5
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    y.sum().backward()
    slope = np.full(40, 1.5)
    slope[11:31:2], slope[5] = 0, 16.5
    np.testing.assert_array_equal(x.grad.numpy(), slope)
