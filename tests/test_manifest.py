"""The manifest: what it does not list is refused, and the kit checks that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import AbstractTensor, CpuTensor, Manifest
from lightgrad.errors import (
    ArgumentError,
    DeviceOutOfMemoryError,
    DtypeError,
)
from tests.planted import SOME, backend, climbed

Small = backend(
    "Small", manifest=Manifest(dtypes=("float32", "int64", "bool"), max_elements=1 << 20)
)


def test_manifest_refuses_what_it_does_not_list() -> None:
    t = Small.from_numpy(np.ones(3, np.float32), requires_grad=False)
    for way in (
        lambda: Small.from_numpy(np.ones(3, np.float64)),
        lambda: Small.zeros((2,), dtype="float64"),
        lambda: Small.zeros((2,), np.float64),
        lambda: t.to("float64"),
        lambda: t.double(),
        lambda: light.ones(2, dtype="float64", device=Small),
        lambda: CpuTensor.ones((2,), np.float64, False).to(Small),
    ):
        with pytest.raises(DtypeError, match=r"Small has no float64.*float32, int64, bool"):
            way()
    assert t.long().dtype == np.int64 and (t > 0).dtype == np.bool_


def test_manifest_limits_elements() -> None:
    limit = 1 << 20
    assert Small.zeros((limit,), requires_grad=False).numel() == limit
    for name in ("zeros", "ones", "empty"):
        with pytest.raises(DeviceOutOfMemoryError, match=f"{limit + 1} elements.*at most {limit}"):
            getattr(Small, name)((limit + 1,))
    with pytest.raises(MemoryError):
        Small.from_numpy(np.zeros((2, limit), np.float32))


def test_manifest_is_checked_by_the_kit() -> None:
    report = climbed(Small, 1, 7)
    report.outcomes += climbed(Small, 10, ops=SOME).outcomes
    assert [f"{o.op}: {o.message}" for o in report.failures] == []
    refused = [o.name for o in report.outcomes if o.name.endswith("is refused")]
    assert refused == [
        f"{d} is refused" for d in ("uint8", "int8", "int16", "int32", "float16", "float64")
    ]
    assert not [o for o in report.outcomes if "max_elements" in o.message]  # it is known here


def test_ops_that_compute_in_a_dtype_not_listed_are_skipped() -> None:
    report = climbed(Small, *range(2, 8), ops="float_power,isclose,lu*,multinomial")
    assert [f"{o.op}: {o.message}" for o in report.failures] == []
    skipped = {o.op for o in report.outcomes if "Small has no" in o.message}
    assert skipped == {"float_power", "isclose", "lu", "lu_parts", "multinomial"}


def test_silent_cast_is_found() -> None:
    class Silent(Small):  # type: ignore[misc, valid-type]
        @staticmethod
        def from_numpy(a: Any, requires_grad: bool = True) -> Any:
            a = np.asarray(a)
            return Small.from_numpy(a.astype(np.float32) if a.dtype.kind == "f" else a)

    # the class's own manifest catches it before its code can cast
    with pytest.raises(DtypeError, match="Silent has no float64"):
        Silent.from_numpy(np.ones(2))
    Hiding = backend("Hiding", from_numpy=staticmethod(lambda a, requires_grad=True: _single(a)))
    Hiding.manifest = Manifest(dtypes=("float32", "int64", "bool"))  # too late to be enforced

    def _single(a: Any) -> Any:
        a = np.asarray(a)
        return Hiding(a.astype(np.float32) if a.dtype.kind == "f" else a.astype(np.int64))

    failures = climbed(Hiding, 7, ops="cast").failures
    assert any("which the manifest does not list, made a tensor" in o.message for o in failures)


def test_manifest_values() -> None:
    with pytest.raises(ArgumentError, match="dtypes is empty"):
        Manifest(dtypes=())
    assert Manifest().supports("float16") and Manifest().max_elements is None
    assert Manifest(dtypes=(np.float32, "bool")).dtypes == ("float32", "bool")
    with pytest.raises(DtypeError, match="not a dtype"):
        Manifest(dtypes=("complex64",))
    assert AbstractTensor.manifest is None
