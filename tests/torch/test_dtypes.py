"""The dtypes of `lightgrad.torch` are NumPy's in sets and calls, and PyTorch's in print."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn
from lightgrad.autograd import dtypes as plain
from lightgrad.errors import DtypeError
from lightgrad.torch._core import dtypes

STORED = [dtypes.of(d) for d in plain.DTYPES]
SAID = ("is_floating_point", "is_complex", "is_signed", "itemsize", "to_real", "to_complex")


@pytest.mark.parametrize("dtype", STORED, ids=repr)
def test_a_dtype_stands_for_numpys(dtype: dtypes.DType) -> None:
    native = dtype.dtype
    assert dtype == native and native == dtype and hash(dtype) == hash(native)
    assert (dtype in plain.FLOATS) == (native in plain.FLOATS) and dtype in plain.DTYPES
    assert plain.as_dtype(dtype) is native and np.zeros(2, dtype).dtype == native
    assert dtype.kind == native.kind and dtype.type is native.type and dtype.str == native.str
    others = [d for d in STORED if d is not dtype]
    assert not any(dtype == other or dtype.dtype == other for other in others)


@pytest.mark.parametrize("name", dtypes.NAMES)
def test_there_is_one_object_per_dtype(name: str) -> None:
    dtype = dtypes.NAMES[name]
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert copy.copy(dtype) is dtype and copy.deepcopy([dtype])[0] is dtype


def test_dtypes_print_as_in_torch() -> None:
    assert f"{dtypes.float32} {dtypes.bool_} {dtypes.NAMES['cfloat']}" == (
        "torch.float32 torch.bool torch.complex64"
    )
    assert repr(type(dtypes.int64)) == "<class 'torch.dtype'>"


@pytest.mark.parametrize("name", ["bfloat16", "complex64", "float8_e4m3fn", "qint8"])
def test_a_dtype_that_tensors_lack_says_so(name: str) -> None:
    dtype = dtypes.NAMES[name]
    for use in (np.dtype, plain.as_dtype, lambda d: np.zeros(2, d)):
        with pytest.raises(DtypeError, match=rf"torch.{name}.*float32"):
            use(dtype)
    assert dtype != np.dtype("float32") and np.dtype("float32") != dtype


def test_no_dtype_is_made_by_users() -> None:
    with pytest.raises(TypeError, match="cannot create"):
        dtypes.dtype("float32")
    with pytest.raises(TypeError, match="base type"):
        type("mine", (dtypes.dtype,), {})


def test_names_and_attributes_are_torchs() -> None:
    torch = pytest.importorskip("torch")
    theirs = {n: d for n, d in vars(torch).items() if isinstance(d, torch.dtype)}
    assert set(dtypes.NAMES) == set(theirs)
    for name, dtype in dtypes.NAMES.items():
        assert repr(dtype) == repr(theirs[name])
        for attribute in SAID:
            assert said(dtype, attribute) == said(theirs[name], attribute), (name, attribute)


def said(dtype: object, attribute: str) -> str:
    try:
        value = getattr(dtype, attribute)
        return repr(value() if callable(value) else value)
    except (RuntimeError, TypeError):
        return "refused"


def test_the_default_dtype_is_that_of_floats() -> None:
    dtypes.set_default_dtype(dtypes.float64)
    try:
        assert dtypes.get_default_dtype() is dtypes.float64
        made = [light.ones(2), light.tensor([1.5]), light.tensor([1]) / 2, light.arange(3).exp()]
        made += [light.tensor(2) * 1.5, light.arange(2).logsumexp(0), light.randn(2), light.eye(2)]
        made += [nn.Linear(2, 2).weight, light.arange(0, 1, 0.5), 2 / light.tensor([1])]
        assert {t.dtype for t in made} == {np.dtype("float64")}
        assert light.tensor([1.5], dtype=light.float32).exp().dtype == np.dtype("float32")
    finally:
        dtypes.set_default_dtype(dtypes.float32)
    assert light.ones(2).dtype == np.dtype("float32")


@pytest.mark.parametrize("wrong", [dtypes.int64, np.float64, "float64", dtypes.complex64, None])
def test_the_default_dtype_is_a_floating_one(wrong: object) -> None:
    with pytest.raises(DtypeError, match="only floating-point types"):
        dtypes.set_default_dtype(wrong)


MEETING = [*STORED, *(dtypes.NAMES[n] for n in ("bfloat16", "complex32", "complex64", "cdouble"))]


def test_dtypes_meet_as_in_torch() -> None:
    torch = pytest.importorskip("torch")
    for a in MEETING:
        for b in MEETING:
            theirs = [getattr(torch, d.name) for d in (a, b)]
            assert repr(dtypes.promote_types(a, b)) == repr(torch.promote_types(*theirs)), (a, b)
            assert dtypes.can_cast(a, b) == torch.can_cast(*theirs), (a, b)


def test_results_have_the_dtype_that_torch_gives_them() -> None:
    torch = pytest.importorskip("torch")
    numbers = [1, 2.5, True]
    tensors = [(v, d.name) for d in STORED for v in (1, [1])]
    for a in numbers + tensors:
        for b in numbers + tensors:
            mine = [light.tensor(x[0], dtype=x[1]) if type(x) is tuple else x for x in (a, b)]
            theirs = [
                torch.tensor(x[0], dtype=getattr(torch, x[1])) if type(x) is tuple else x
                for x in (a, b)
            ]
            assert repr(dtypes.result_type(*mine)) == repr(torch.result_type(*theirs)), (a, b)


def test_pythons_types_are_dtypes() -> None:
    read = [dtypes.read("zeros", kind) for kind in (bool, int, float, complex, None, dtypes.int8)]
    assert repr(read) == (
        "[torch.bool, torch.int64, torch.float64, torch.complex128, None, torch.int8]"
    )
    with pytest.raises(DtypeError, match="'dtype' must be torch.dtype, not str"):
        dtypes.read("zeros", "float32")
