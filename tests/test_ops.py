"""Every op on every backend: values and gradients against torch, and by differences.

One test for an op on a backend goes through all samples of its rows; what fails is listed with
the sample, dtype and layout.  `tests.grid` says which of them the default run takes, and which
are left to the slow one.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from lightgrad import errors
from lightgrad.autograd import AbstractTensor
from lightgrad.autograd.devices import fallback
from tests import op_table, oracles
from tests.backends import NAMES, backend
from tests.grid import OPS, Point, points
from tests.op_table import PACKAGED, REGISTERED, ROWS, light_call

#: a new op may do without a kernel for OpenCL
pytestmark = pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")


def of_each_op(**marks: Any) -> Any:
    """For each op, then each backend: those share what the oracles say."""
    names = [pytest.param(name, op, id=f"{name}-{op}", **marks) for op in OPS for name in NAMES]
    return pytest.mark.parametrize("device, op", names)


def attempt(check: Callable[[Any], None], these: Iterable[Any]) -> None:
    """Run a check on all of these; the failure names each that failed, and why."""
    failed = []
    for one in these:
        try:
            check(one)
        except Exception as error:
            about = str(error).strip() if isinstance(error, AssertionError) else ""
            failed.append(f"{one}: {about or traceback.format_exc(limit=-3)}")
    if failed:
        text = "\n\n".join(failed[:10])
        pytest.fail(f"{len(failed)} failed, the first of them:\n{text}", pytrace=False)


def tolerance(row: Any, factor: float, *dtypes: Any) -> dict[str, float]:
    """That of the least exact of the dtypes."""
    factor *= row.loose
    if "float32" in dtypes:
        return {"rtol": 1e-5 * factor, "atol": 1e-6 * factor}
    return {"rtol": 1e-9 * factor, "atol": 1e-9 * factor}


def same(found: Any, expected: Any, row: Any, dtype: str) -> None:
    """One output of ours and one of torch's agree in kind, dtype, shape and value."""
    if not isinstance(expected, np.ndarray):
        assert type(found) is type(expected), f"{found!r}, expected {expected!r}"
        assert expected is None or found == pytest.approx(expected, nan_ok=True)
        return
    assert isinstance(found, AbstractTensor), f"no tensor: {found!r}"
    values = found.numpy()
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert values.dtype == expected.dtype
    near(values, expected, "result", **tolerance(row, 1, dtype, expected.dtype.name))


def near(found: np.ndarray, expected: np.ndarray, what: str, rtol: float, atol: float) -> None:
    """numpy.testing's closeness without its costs; its text where they differ."""
    if not np.array_equal(found, expected) and not np.allclose(
        found, expected, rtol, atol, equal_nan=True
    ):
        np.testing.assert_allclose(found, expected, rtol, atol, err_msg=what)


def same_gradients(wanted: list[Any], found: Any, expected: Any, **tolerances: float) -> None:
    """No gradient at all counts as zeros on either side."""
    for i, (t, g, e) in enumerate(zip(wanted, found, expected, strict=True)):
        true = np.zeros(t.shape) if e is None else e
        if g is None:
            assert not true.any(), f"no gradient of input {i}, expected {true}"
            continue
        assert (g.dtype, g.shape) == (t.dtype, t.shape), f"gradient {i} is {g.dtype} {g.shape}"
        near(g.numpy(), true, f"gradient of input {i}", **tolerances)


def refused(row: Any, sample: Any, cls: Any) -> bool:
    """Whether the device lacks the dtype that a row needs: then its error must say so."""
    if not row.needs:
        return False
    try:
        cls.zeros((1,), row.needs, requires_grad=False).numpy()
    except errors.DtypeError:
        with pytest.raises(errors.DtypeError, match=f"{row.needs} is not supported by"):
            light_call(row, sample, cls, "float32").run()
        return True
    return False


@contextmanager
def joining(cls: Any, point: Point) -> Iterator[None]:
    """Operations of a device that fuses them do so at this point of the grid, or do not."""
    device = cls.cl() if hasattr(cls, "cl") else None
    if device is None or point.fused or not device.fuse:
        yield
        return
    device.fuse = False
    try:
        yield
    finally:
        device.fuse = True


def checked(cls: Any) -> Callable[[Point], None]:
    """Values and gradients at a point of the grid against torch; inputs stay as they are."""

    def check(point: Point) -> None:
        with joining(cls, point):
            look(point)

    def look(point: Point) -> None:
        row, sample = point.row, point.sample
        if refused(row, sample, cls):
            return
        ours = light_call(row, sample, cls, point.dtype, point.layout)
        before = [t.numpy() for t in ours.tensors]
        outputs, true = ours.run(), oracles.torch(point)
        assert len(outputs) == len(true.outputs), f"{len(outputs)} results"
        for y, e in zip(outputs, true.outputs, strict=True):
            same(y, e, row, point.dtype)
        if point.order:
            found = oracles.gradients(ours, outputs, true.vectors, point.layout)
            about = tolerance(row, 10, point.dtype)
            same_gradients(ours.wanted, found, true.gradients, **about)
        for t, array in zip(ours.tensors, before, strict=True):
            np.testing.assert_array_equal(t.numpy(), array, "an input was modified")

    return check


def declares(cls: Any) -> bool:
    """Whether the device compiles kernels without the header of OpenCL."""
    return hasattr(cls, "cl") and cls.cl().declares


def doubted(device: str) -> Callable[[Point], None]:
    """Gradients of both orders: differences on the CPU, and then the CPU's on other devices."""

    def check(point: Point) -> None:
        if device == "cpu":
            oracles.differences(point)
            return
        cls = backend(device)
        with joining(cls, point):
            wanted, found = oracles.second(light_call(point.row, point.sample, cls, "float64"))
            about = tolerance(point.row, 100, "float64")
            same_gradients(wanted, found, oracles.second_on_cpu(point), **about)

    return check


@of_each_op()
def test_op(device: str, op: str) -> None:
    cls = backend(device)
    before = declares(cls)
    attempt(checked(cls), points(op, device))
    assert declares(cls) == before, "a kernel calls what opencl/declarations.py does not declare"


@of_each_op()
def test_check(device: str, op: str) -> None:
    attempt(doubted(device), points(op, device, order=2))


@of_each_op(marks=pytest.mark.slow)
def test_whole_grid(device: str, op: str) -> None:
    """The points that the other tests leave out."""
    attempt(checked(backend(device)), points(op, device, rest=True))
    attempt(doubted(device), points(op, device, order=2, rest=True))


@of_each_op()
def test_fault(device: str, op: str) -> None:
    cls = backend(device)

    wrong = {
        f"{row.name}({fault.sample})": (row, fault)
        for row in ROWS
        if row.op == op
        for fault in row.faults
    }

    def check(name: str) -> None:
        row, fault = wrong[name]
        with pytest.raises(fault.error, match=fault.match) as caught:
            light_call(row, fault.sample, cls, "float32").run()
        assert isinstance(caught.value, errors.LightgradError)

    attempt(check, wrong)


def test_every_op_has_a_row() -> None:
    listed = {row.op for row in PACKAGED if row.samples}
    missing = sorted(set(REGISTERED) - listed)
    assert not missing, f"no row in lightgrad/conformance/rows: {', '.join(missing)}"


def test_rows_are_where_their_rules_are() -> None:
    for row in PACKAGED:
        rule = AbstractTensor._ops.get(row.op)
        family = getattr(rule, "__module__", "").rpartition(".")[2]
        assert rule is None or row.family in (family, "inplace"), f"{row.op} belongs to {family}"


def test_every_spelling_is_used() -> None:
    assert not set(op_table.TORCH) - {row.name for row in ROWS}


@pytest.mark.skipif("opencl" not in NAMES, reason="no OpenCL device")
def test_opencl_computes_no_fewer_ops_than_before() -> None:
    """A new op may run on the CPU at first; one that had a kernel keeps it."""
    paths = [fallback.path(backend("opencl"), op) for op in REGISTERED]
    assert len(paths) - paths.count("host") >= 285
