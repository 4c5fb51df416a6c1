"""Every op on every backend: values and gradients against torch, and by differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lightgrad import errors
from lightgrad.autograd import AbstractTensor, grad
from lightgrad.autograd.func import Leaf, op_name
from lightgrad.autograd.ledger import ledger
from lightgrad.autograd.utils.gradcheck import gradcheck, gradgradcheck
from tests import op_table
from tests.backends import NAMES, backend
from tests.op_table import LAYOUTS, REGISTERED, ROWS, light_call, torch_call

#: what rows of other names are made of: their values and gradients are checked there, as
#: are those of the ops named <op>_backward
INTERNAL = (
    "attention",
    "convolution",
    "convolution_input",
    "convolution_weight",
    "pool_max",
    "pool_max_gather",
    "pool_sum",
)

#: gradients without one of their own: where a second one is wanted, the rules take other ops
FIRST_ORDER = {
    op
    for op, fn in REGISTERED.items()
    if op.endswith("_backward") and not getattr(fn, "differentiable", True)
}

DTYPES = ("float32", "float64")


def cases(attribute: str = "", dtypes: tuple[str, ...] = ()) -> Any:
    """(backend, row, sample[, dtype]) for the rows that ask for this check."""
    found = []
    for name in NAMES:
        for row in ROWS:
            if attribute and not (row.grad and getattr(row, attribute)):
                continue
            if attribute and not dtypes and not row.smooth:
                continue
            for i, sample in enumerate(row.samples):
                floating = op_table.has_floats(sample)
                if attribute and not floating:
                    continue
                for dtype in dtypes if floating else dtypes[:1]:
                    if dtype == "float32" and not row.float32:
                        continue
                    end = f"-{dtype}" if floating else ""
                    found.append(
                        pytest.param(name, row, sample, dtype, id=f"{name}-{row.op}-{i}{end}")
                    )
                if not dtypes:
                    found.append(pytest.param(name, row, sample, id=f"{name}-{row.op}-{i}"))
    names = "device, row, sample, dtype" if dtypes else "device, row, sample"
    return pytest.mark.parametrize(names, found)


def tolerance(row: Any, dtype: str, factor: float = 1.0) -> dict[str, float]:
    if dtype == "float32":
        return {"rtol": row.rtol * factor, "atol": row.atol * factor}
    return {"rtol": row.rtol64 * factor, "atol": row.rtol64 * factor}


def same(found: Any, expected: Any, **tolerances: float) -> None:
    """One output of ours and one of torch's agree in kind, dtype, shape and value."""
    if not isinstance(expected, torch.Tensor):
        assert type(found) is type(expected)
        assert found == pytest.approx(expected, nan_ok=True) if expected is not None else True
        return
    assert isinstance(found, AbstractTensor), found
    assert np.dtype(found.dtype).name == str(expected.dtype).removeprefix("torch.")
    assert found.shape == tuple(expected.shape)
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), **tolerances)


def output_gradients(outputs: list[Any]) -> list[np.ndarray]:
    """A random gradient for every output, the same for the same shapes."""
    rng = np.random.default_rng(5)
    return [rng.standard_normal(getattr(y, "shape", ())) for y in outputs]


def light_gradients(call: Any, outputs: list[Any], cotangents: list[np.ndarray]) -> list[Any]:
    pairs = [
        (y, type(y).from_numpy(v.astype(y.dtype), requires_grad=False))
        for y, v in zip(outputs, cotangents, strict=True)
        if isinstance(y, AbstractTensor) and y.requires_grad
    ]
    if not pairs:
        return [None] * len(call.wanted)
    ys, vs = zip(*pairs, strict=True)
    return list(grad(ys, call.wanted, vs, allow_unused=True))


def torch_gradients(call: Any, outputs: list[Any], cotangents: list[np.ndarray]) -> list[Any]:
    pairs = [
        (y, torch.from_numpy(np.asarray(v)).to(y.dtype))
        for y, v in zip(outputs, cotangents, strict=True)
        if isinstance(y, torch.Tensor) and y.requires_grad
    ]
    if not pairs:
        return [None] * len(call.wanted)
    ys, vs = zip(*pairs, strict=True)
    return list(torch.autograd.grad(ys, call.wanted, vs, allow_unused=True))


def compare_gradients(wanted: list[Any], found: Any, expected: Any, **tolerances: float) -> None:
    """No gradient at all counts as zeros on either side."""
    for t, g, e in zip(wanted, found, expected, strict=True):
        theirs = np.zeros(t.shape) if e is None else np.asarray(e.detach().numpy())
        if g is None:
            np.testing.assert_array_equal(theirs, 0)
            continue
        assert g.dtype == t.dtype
        assert g.shape == t.shape
        np.testing.assert_allclose(g.numpy(), theirs, **tolerances)


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


@cases(dtypes=DTYPES)
def test_value(device: str, row: Any, sample: Any, dtype: str) -> None:
    if refused(row, sample, backend(device)):
        return
    ours, theirs = light_call(row, sample, backend(device), dtype), torch_call(row, sample, dtype)
    before = [t.numpy() for t in ours.tensors]
    found, expected = ours.run(), theirs.run()
    assert len(found) == len(expected)
    for y, e in zip(found, expected, strict=True):
        same(y, e, **tolerance(row, dtype))
    for t, array in zip(ours.tensors, before, strict=True):
        np.testing.assert_array_equal(t.numpy(), array, "an input was modified")


@cases("grad", DTYPES)
def test_gradient(device: str, row: Any, sample: Any, dtype: str) -> None:
    ours, theirs = light_call(row, sample, backend(device), dtype), torch_call(row, sample, dtype)
    before = [t.numpy() for t in ours.tensors]
    found, expected = ours.run(), theirs.run()
    vectors = output_gradients(expected)
    compare_gradients(
        ours.wanted,
        light_gradients(ours, found, vectors),
        torch_gradients(theirs, expected, vectors),
        **tolerance(row, dtype, 10),
    )
    for t, array in zip(ours.tensors, before, strict=True):
        np.testing.assert_array_equal(t.numpy(), array, "backward modified an input")


@cases("grad")
def test_gradcheck(device: str, row: Any, sample: Any) -> None:
    ours = light_call(row, sample, backend(device), "float64")
    assert gradcheck(lambda *xs: tuple(ours.run(xs)), ours.wanted)


@cases("gradgrad")
def test_gradgradcheck(device: str, row: Any, sample: Any) -> None:
    ours = light_call(row, sample, backend(device), "float64")
    assert gradgradcheck(lambda *xs: tuple(ours.run(xs)), ours.wanted)


@cases()
def test_layouts(device: str, row: Any, sample: Any) -> None:
    """Elements that do not lie in order in memory give the same values and gradients."""
    cls = backend(device)
    if refused(row, sample, cls):
        return
    plain = light_call(row, sample, cls, "float64")
    expected = plain.run()
    vectors = output_gradients(expected)
    gradients = light_gradients(plain, expected, vectors) if row.grad else []
    for layout in LAYOUTS:
        ours = light_call(row, sample, cls, "float64", layout)
        found = ours.run()
        for y, e in zip(found, expected, strict=True):
            if isinstance(e, AbstractTensor):
                assert (y.dtype, y.shape) == (e.dtype, e.shape)
                np.testing.assert_allclose(
                    y.numpy(), e.numpy(), err_msg=layout, **tolerance(row, "float64")
                )
        if row.grad:
            got = light_gradients(ours, found, vectors)
            for g, e in zip(got, gradients, strict=True):
                assert (g is None) == (e is None)
                if g is not None:
                    np.testing.assert_allclose(
                        g.numpy(), e.numpy(), err_msg=layout, **tolerance(row, "float64", 10)
                    )


@pytest.mark.parametrize(
    "device, row, fault",
    [
        pytest.param(name, row, fault, id=f"{name}-{row.op}-{i}")
        for name in NAMES
        for row in ROWS
        for i, fault in enumerate(row.faults)
    ],
)
def test_fault(device: str, row: Any, fault: Any) -> None:
    ours = light_call(row, fault.sample, backend(device), "float32")
    with pytest.raises(fault.error, match=fault.match) as caught:
        ours.run()
    assert isinstance(caught.value, errors.LightgradError)


def test_all_rows_are_importable() -> None:
    assert not op_table.BROKEN


def test_every_op_has_a_row() -> None:
    listed = {row.op for row in ROWS}
    reached = ops_of_all_graphs()
    missing = [
        op
        for op in REGISTERED
        if op not in listed and not (op in reached and (op in INTERNAL or op.endswith("_backward")))
    ]
    assert not missing, f"ops without a row in tests/op_rows: {', '.join(sorted(missing))}"


def test_internal_ops_are_internal() -> None:
    assert [op for op in INTERNAL if op not in REGISTERED] == []
    assert [op for op in INTERNAL if any(row.op == op for row in ROWS)] == []


def ops_of_all_graphs() -> set[str]:
    """The ops that the rows record, in values and gradients.

    A gradient of first order only is never recorded: of those, the ones that ran.
    """
    found: set[str] = set()
    for row in ROWS:
        if row.grad and row.gradgrad:
            for sample in row.samples:
                found |= ops_of_graph(row, sample)
    return found


def ops_of_graph(row: Any, sample: Any) -> set[str]:
    """The ops in the graphs of the outputs, of their gradients and of the gradients of those."""
    if not op_table.has_floats(sample):
        return set()
    ours = light_call(row, sample, backend("cpu"), "float64")
    inputs, outputs, tensors = ours.wanted, ours.run(), []
    with ledger() as calls:
        light_gradients(ours, outputs, output_gradients(outputs))
    found = {row.op for row in calls.rows if row.op in FIRST_ORDER}
    outputs = ours.run()
    for _ in range(2):
        outputs = [y for y in outputs if isinstance(y, AbstractTensor) and y.requires_grad]
        if not outputs:
            break
        tensors += outputs
        vectors = [y._filled(1).requires_grad_() for y in outputs]
        outputs = list(grad(outputs, inputs, vectors, create_graph=True, allow_unused=True))
        inputs = [*inputs, *vectors]
    stack = [t._edge for t in (*tensors, *outputs) if t is not None]
    seen = set(stack)
    while stack:
        node = stack.pop()
        for edge in () if type(node) in (Leaf, type(None)) else node.edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return found | {op_name(node) for node in seen if type(node) not in (Leaf, type(None))}
