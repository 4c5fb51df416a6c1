"""The dtypes of `lightgrad.torch` are NumPy's in sets and calls, and PyTorch's in print."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

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
