"""Sizes, devices, formats and limits: their text, their calls and errors are PyTorch's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor
from lightgrad.errors import ArgumentError, DeviceError, DtypeError
from lightgrad.torch._core import devices, dtypes, formats
from lightgrad.torch._core.devices import device
from lightgrad.torch._core.limits import finfo, iinfo
from lightgrad.torch._core.sizes import Size

SIZES = [
    "Size()",
    "Size([2, 3])",
    "Size((2, 3)) + (1,)",
    "(1,) + Size((2, 3))",
    "Size((2,)) + Size([3])",
    "Size((2, 3)) * 2",
    "2 * Size((2, 3))",
    "Size((2, 3))[:1]",
    "Size((2, 3))[::-1]",
    "Size((2, 3))[-1]",
    "Size((2, 3)).numel()",
    "Size([]).numel()",
    "Size(range(3))",
    "Size([True])",
    "Size([-1])",
    "Size([np.int64(3)])",
    "Size([2, 3]) == (2, 3), hash(Size([2, 3])) == hash((2, 3)), Size([2]) < (3,)",
    "sum([Size([1])], ())",
    "f'{Size([1, 2])}', '%s' % (Size([3]),)",
    "type(Size([1, 2]))",
    "list(Size([1, 2])), tuple(Size([1])), {Size([1]): 2}",
    "Size([2.0])",
    "Size(['a'])",
    "Size(3)",
    "Size([1]) + [1]",
    "[1] + Size([1])",
    "Size([1]) * 2.5",
]
DEVICES = [
    "device('cpu')",
    "device('cpu').index",
    "device('cuda:3').index, device('cuda:3').type",
    "str(device('cuda:0')), f\"{device('cpu')}\"",
    "device('cuda', 0)",
    "device(type='cuda', index=1)",
    "device(device('cpu'))",
    "device('cuda:0') == device('cuda', 0)",
    "device('cuda') == device('cuda:0')",
    "device('cpu') == 'cpu'",
    "{device('mps'), device('mps')}",
    "device('opencl:0')",
    "device('meta'), device('xpu'), device('xla')",
    "type(device('cpu'))",
    "device('foo')",
    "device('cuda:x')",
    "device('cuda:-1')",
    "device('cuda:01')",
    "device('cuda:')",
    "device('')",
    "device('CPU')",
    "device('cuda:0', 1)",
    "device('cuda', -1)",
    "device('cpu', '0')",
    "device()",
    "device(None)",
    "device(1.5)",
]


@pytest.mark.parametrize("text", SIZES + DEVICES)
def test_it_is_written_and_refused_as_in_torch(text: str) -> None:
    torch = pytest.importorskip("torch")
    mine = outcome(text, Size=Size, device=device)
    theirs = outcome(text, Size=torch.Size, device=torch.device)
    assert mine == theirs


def outcome(text: str, **names: Any) -> str:
    try:
        return repr(eval(text, {"np": np, **names}))
    except (TypeError, RuntimeError) as error:
        return next(e.__name__ for e in (TypeError, RuntimeError) if isinstance(error, e))


@pytest.mark.parametrize("name", [n for n in dtypes.NAMES if not n.startswith(("q", "float4"))])
def test_limits_are_torchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    for mine, theirs in ((finfo, torch.finfo), (iinfo, torch.iinfo)):
        assert limits(mine, dtypes.NAMES[name]) == limits(theirs, getattr(torch, name))


def limits(kind: Any, dtype: Any) -> str:
    try:
        found = kind(dtype)
    except (TypeError, NotImplementedError, RuntimeError):
        return "refused"
    return f"{found!r} {[getattr(found, n) for n in dir(found) if not n.startswith('_')]}"


def test_limits_equal_by_their_dtype() -> None:
    assert finfo() == finfo(dtypes.float32) != finfo(dtypes.float64)
    assert repr(iinfo(dtypes.uint8)) == "iinfo(min=0, max=255, dtype=uint8)"
    with pytest.raises(DtypeError, match=r"argument 'type' .* must be torch.dtype, not str"):
        finfo("float32")


@pytest.mark.parametrize("made", [Size([2, 3]), device("cuda:1"), *formats.WORDS.values()])
def test_copies_and_pickles(made: Any) -> None:
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert again == made and type(again) is type(made) and repr(again) == repr(made)


def test_formats_are_named_as_in_torch() -> None:
    torch = pytest.importorskip("torch")
    kinds = (torch.layout, torch.memory_format, torch.qscheme)
    theirs = {n: w for n, w in vars(torch).items() if isinstance(w, kinds)}
    assert set(formats.WORDS) == set(theirs) - {"legacy_contiguous_format"}
    for name, word in formats.WORDS.items():
        assert repr(word) == repr(theirs[name]) and repr(type(word)) == repr(type(theirs[name]))


def test_cuda_is_opencl_where_that_is_said() -> None:
    with pytest.raises(AssertionError, match=r"not compiled with CUDA enabled.*--device opencl"):
        devices.backend_of("cuda")
    assert devices.accelerator() == "opencl" and repr(devices.of("opencl:1")) == (
        "device(type='opencl', index=1)"
    )
    devices.mean("cuda", "opencl")
    try:
        assert devices.backend_of("cuda") == devices.backend_of(0) == "opencl"
        assert devices.backend_of(device("cuda", 1)) == "opencl:1"
        assert repr(devices.of("opencl")) == "device(type='cuda', index=0)"
    finally:
        devices.mean("cuda", None)
    with pytest.raises(ArgumentError, match="other than 'cpu'"):
        devices.mean("cpu", "opencl")


def test_a_registered_backend_is_a_device() -> None:
    light.register_backend("mine", light.Tensor)
    try:
        assert devices.backend_of("mine:0") == "mine" and repr(device("mine")) == (
            "device(type='mine')"
        )
    finally:
        light.autograd.devices.registry._BACKENDS.pop("mine")
        delattr(AbstractTensor, "mine")


@pytest.mark.parametrize("name", ["xpu", "mps", "meta", "hip"])
def test_a_device_that_is_not_here_says_what_is(name: str) -> None:
    with pytest.raises(DeviceError, match="cpu, opencl"):
        devices.backend_of(name)


def test_factories_are_told_the_device_inside() -> None:
    assert devices.get_default_device() == device("cpu")
    with device("cuda:1"), device("opencl") as inner:
        assert inner == device("opencl") and devices.get_default_device() == device("opencl:0")
        with device("cpu"):
            assert devices.get_default_device() == device("cpu")
        assert devices.get_default_device() == device("opencl:0")
    devices.set_default_device("meta")
    assert devices.get_default_device() == device("meta:0")
    devices.set_default_device(None)
    assert devices.get_default_device() == device("cpu")
    with pytest.raises(AttributeError, match="not writable"):
        device("cpu").type = "cuda"
