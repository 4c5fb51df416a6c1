"""Every op: what a change of its operands in place does to its results and gradients."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch

from lightgrad.autograd import CpuTensor, grad, no_grad
from lightgrad.errors import DtypeError, InplaceError
from tests.grid import OPS
from tests.mutation import CLASS
from tests.op_table import ROWS, leaves, light_call, torch_call

pytestmark = [
    pytest.mark.usefixtures("every_variant"),
    # a new op may do without a kernel for OpenCL
    pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning"),
]


by_op = pytest.mark.parametrize("op", OPS)


def samples_of(op: str, rest: bool = False) -> list[tuple[Any, Any]]:
    """Rows and samples: all on the CPU, the first of each row elsewhere.  OpenCL compiles, so
    that each op has a turn there with fusion or without, by its name; the rest is slow."""
    cls, rows = CLASS[0], [row for row in ROWS if row.op == op]
    if hasattr(cls, "cl") and (crc32(op.encode()) % 4 != cls.cl().fuse) != rest:
        return []
    return [(r, s) for r in rows for s in (r.samples if cls is CpuTensor else r.samples[:1])]


def tensors_of(outputs: list[Any]) -> list[Any]:
    return [y for y in outputs if hasattr(y, "detach")]


def changed_outputs(call: Any, which: int) -> list[bool]:
    """Which outputs change with an input, after the call."""
    outputs, t = tensors_of(call.run()), call.tensors[which]
    before = [y.detach().numpy().copy() for y in outputs]
    with no_grad(), torch.no_grad():
        t.copy_(t.logical_not() if "bool" in str(t.dtype) else t + 1)
    found = []
    for y, old in zip(outputs, before, strict=True):
        now = y.detach().numpy()
        found.append(not np.array_equal(now, old, equal_nan=old.dtype.kind == "f"))
        if found[-1] and type(y) is CLASS[0]:  # it is known who shares memory
            assert y._storage is t._storage
    return found


#: those whose result is a copy here and a view, or the tensor itself, in torch
COPIES = {"cast", "dropout"}


@by_op
def test_results_follow_a_changed_input_where_torchs_do(op: str, rest: bool = False) -> None:
    for row, sample in samples_of(op, rest):
        for i in range(len(light_call(row, sample, CLASS[0], "float32").tensors)):
            try:
                found = changed_outputs(light_call(row, sample, CLASS[0], "float32"), i)
            except DtypeError as error:  # float16 is not everywhere
                if "is not supported by" not in str(error):
                    raise
                pytest.skip(str(error))
            if row.op in COPIES or (row.op == "contiguous" and not CLASS[0]._shares):
                assert not any(found), row.name
            elif row.op != "view_as":  # the row's torch makes a copy
                true = changed_outputs(torch_call(row, sample, "float32"), i)
                assert found == true, f"{row.name}({sample}), input {i} changed"


@by_op
def test_changed_operands_raise_or_change_nothing(op: str, rest: bool = False) -> None:
    """After a forward pass every input and output is changed, one at a time."""
    cls = CLASS[0]
    for row, sample in samples_of(op, rest):
        if not row.grad or not sample.floats:
            continue
        expected = gradients(light_call(row, sample, cls, "float64"), None)
        count = len(leaves(expected)) and len(light_call(row, sample, cls, "float64").tensors)
        for victim in range(-1, count):
            try:
                found = gradients(light_call(row, sample, cls, "float64"), victim)
            except InplaceError:
                continue
            for g, e in zip(found, expected, strict=True):
                about = f"{row.name}({sample}), {victim} changed"
                assert (g is None) == (e is None), about
                if g is not None:
                    np.testing.assert_allclose(g.numpy(), e.numpy(), 1e-9, 1e-12, err_msg=about)


@by_op
@pytest.mark.slow
def test_changes_on_all_devices(op: str) -> None:
    test_results_follow_a_changed_input_where_torchs_do(op, True)
    test_changed_operands_raise_or_change_nothing(op, True)


def gradients(call: Any, victim: int | None) -> list[Any]:
    outputs = [y for y in call.run() if isinstance(y, CLASS[0])]
    recorded = [y for y in outputs if y.requires_grad]
    if victim is not None:
        with no_grad():
            for t in outputs if victim == -1 else [call.tensors[victim]]:
                if t.dtype != "bool" and not is_expanded(t):
                    t._inplace("add", True)
    if not recorded:
        return []
    vectors = [y._filled(1) for y in recorded]
    return list(grad(recorded, call.wanted, vectors, allow_unused=True))


def is_expanded(t: Any) -> bool:
    return t._origin is not None and t._origin[0].__name__ == "expand"
