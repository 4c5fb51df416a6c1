"""OpenCL devices: which one is chosen, what it lacks, and its modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.opencl import OpenCLTensor, platforms
from lightgrad.autograd.opencl import device as devices
from lightgrad.autograd.opencl import tensor as tensors
from lightgrad.errors import (
    DeviceError,
    DtypeError,
)
from tests.helpers import python
from tests.on_opencl import DEVICE, place


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The one device twice, as "opencl" and as "opencl:1"; gives the class of the second."""
    found = platforms.found()[DEVICE.index]
    monkeypatch.setattr(platforms, "found", lambda: (found, found))
    monkeypatch.delenv(platforms.VARIABLE, raising=False)
    monkeypatch.setattr(devices, "_DEVICES", {0: DEVICE})
    monkeypatch.setattr(tensors, "_CLASSES", {})
    yield light.autograd.devices.registry.find("opencl:1")


def test_tensors_of_two_devices_do_not_mix(two: Any) -> None:
    x, y = place([1, 2]), two.from_numpy(np.ones(2, np.float32))
    assert (x.device, y.device) == ("opencl", "opencl:1")
    with pytest.raises(DeviceError, match=r"add: .*opencl.*opencl:1.*move one with .to"):
        x + y
    assert (x + y.to("opencl")).tolist() == [2, 3]
    assert (x.to("opencl:1") * 2 + y).device == "opencl:1"
    with pytest.raises(DeviceError, match="cpu"):
        x + light.ones(2)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(DeviceError, match=r"opencl:9: there is no such device; there are opencl:0"):
        light.ones(2).to("opencl:9")
    with pytest.raises(DeviceError, match="opencl:x"):
        light.ones(2).to("opencl:x")


def test_dtypes_that_the_device_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.Device, "supports", lambda self, dtype: dtype.char not in "de")
    for dtype in (np.float16, np.float64):
        message = rf"{np.dtype(dtype)} is not supported by .*use float32"
        with pytest.raises(DtypeError, match=message):
            place([1, 2], dtype)
        with pytest.raises(DtypeError, match=message):
            place([1, 2]).to(dtype)
        with pytest.raises(DtypeError, match=message):
            OpenCLTensor.zeros((2,), dtype)


def test_indices_and_names_choose_the_default_device(
    two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def default(text: str) -> int:
        monkeypatch.setenv(platforms.VARIABLE, text)
        return platforms.default()

    name = DEVICE.name
    assert [default(t) for t in ("", " ", "0", "1", name, name[2:7].upper())] == [0, 0, 0, 1, 0, 0]
    for wrong in ("2", "-1", "no such thing"):
        with pytest.raises(DeviceError, match=f"'{wrong}' fits no device; there are 0: "):
            default(wrong)


ASK = """
import lightgrad as light
try:
    x = light.ones(2).opencl()
except light.errors.DeviceError as error:
    print(error)
else:
    print(type(x).cl().index)
"""


def test_the_environment_chooses_the_device() -> None:
    assert python(ASK, LIGHTGRAD_OPENCL_DEVICE="0") == "0"
    assert python(ASK, LIGHTGRAD_OPENCL_DEVICE=platforms.name(platforms.found()[0])) == "0"
    assert "LIGHTGRAD_OPENCL_DEVICE='9' fits no device; there are 0: " in python(
        ASK, LIGHTGRAD_OPENCL_DEVICE="9"
    )


def test_without_pyopencl() -> None:
    text = python("import sys; sys.modules['pyopencl'] = None" + ASK)
    assert "pyopencl cannot be imported" in text
    assert "pip install 'lightgrad[opencl]'" in text


def test_without_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    class Driver:
        Error = RuntimeError
        device_type = type("device_type", (), {"GPU": 4, "ACCELERATOR": 8})

        @staticmethod
        def get_platforms() -> Any:
            raise RuntimeError("PLATFORM_NOT_FOUND_KHR")

    monkeypatch.setattr(platforms, "driver", Driver)
    platforms.found.cache_clear()
    with pytest.raises(DeviceError, match=r"no platform was found \(PLATFORM.*pocl-opencl-icd"):
        light.opencl.devices()
    assert not light.opencl.is_available()
    monkeypatch.setattr(platforms, "installed", list)
    with pytest.raises(DeviceError, match="have no device"):
        light.opencl.devices()
    platforms.found.cache_clear()


def test_one_pocl_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    every = [
        type("Platform", (), {"name": n, "get_devices": list})
        for n in ("GPU Inc.", platforms.POCL, platforms.POCL)
    ]
    driver = type("Driver", (), {"Error": RuntimeError, "get_platforms": lambda: every})
    monkeypatch.setattr(platforms, "driver", lambda: driver)
    assert platforms.platforms() == every[:2]


def test_the_class_knows_its_name_from_the_start() -> None:
    code = "import lightgrad as l; print(l.opencl.OpenCLTensor.zeros((1,)).device)"
    assert python(code) == "opencl"


def test_the_list_of_devices() -> None:
    found = light.opencl.devices()
    info = found[DEVICE.index]
    assert info.default and [d.index for d in found] == list(range(len(found)))
    assert info.name == DEVICE.name and info.type in ("CPU", "GPU", "ACCELERATOR")
    assert 0 < info.largest <= info.memory and info.compute_units > 0
    assert info.fp64 == DEVICE.supports(np.dtype(np.float64))
    assert repr(info).startswith(f"<opencl:{info.index} {info.name}: {info.type}, ")
    with pytest.raises(AttributeError):
        info.name = "another"  # type: ignore[misc]


def test_the_namespace() -> None:
    assert light.opencl.OpenCLTensor is light.OpenCLTensor is OpenCLTensor
    assert light.ones(2).opencl().device == "opencl" and light.opencl.is_available()
    stats = light.opencl.memory_stats()
    assert sorted(stats) == ["allocated", "held", "peak", "total"]
    assert stats["allocated"] <= stats["held"] and stats["allocated"] <= stats["peak"]
    assert light.opencl.memory_stats(DEVICE.index) == stats
    light.opencl.empty_cache()
    assert light.opencl.memory_stats()["held"] <= stats["held"]
    with pytest.raises(DeviceError, match="'cpu' is not an OpenCL device"):
        light.opencl.synchronize("cpu")


MODES = """
import numpy as np, lightgrad as light
rng = np.random.default_rng(0)
place = lambda *shape: light.tensor(rng.standard_normal(shape).astype("f"), device="opencl")
x, w = place(17, 9), place(9, 5)
y = ((x * 2 + 1) @ w - x.sum(dim=1, keepdim=True) * 0.1) * 0.05
(y * y * y + y).sum().backward()
with light.no_grad():
    old = w * 3
    w -= 0.1 * w.grad
for t in (y, x.grad, w, old):
    print(" ".join(map(repr, t.reshape(-1).tolist())))
"""


def test_the_slower_modes_give_the_same_results() -> None:
    texts = [
        python(MODES, LIGHTGRAD_FUSE=f, LIGHTGRAD_OPENCL_SHARE=s) for f, s in ("11", "01", "10")
    ]
    usual, *slower = ([np.array(line.split(), "f") for line in t.splitlines()] for t in texts)
    for expected, *others in zip(usual, *slower, strict=True):
        for found in others:
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
