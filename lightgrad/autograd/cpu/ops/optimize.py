"""The CPU's optimizer step: the rule's calls in place, block by block through the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.program import Program
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops.optimize import Update

#: elements per block: five float32 arrays of it stay in a second-level cache
BLOCK = 32768

_PROGRAMS: dict[Any, Program] = {}


@CpuTensor.register_op()
def apply_update_(
    p: CpuTensor, update: Update, grad: CpuTensor | None = None, state: tuple[CpuTensor, ...] = ()
) -> CpuTensor:
    """See the op's rule."""
    data = p.data
    prepared = update.prepared.get(data.dtype)
    if prepared is None:
        prepared = update.prepared[data.dtype] = _prepare(update, data.dtype)
    program, numbers = prepared
    arrays = [data, data if grad is None else grad.data]
    for t in state:
        arrays.append(t.data)
    if data.size <= BLOCK:
        for _ in range(program.scratch):
            arrays.append(np.empty(data.shape, data.dtype))
        program.run(arrays + numbers)
    else:
        _in_blocks(program, arrays, numbers)
    p._touch()
    return p


def _prepare(update: Update, dtype: Any) -> tuple[Program, list[ndarray]]:
    key = update.rule, update.on, update.names, tuple(update.scalars)
    program = _PROGRAMS.get(key)
    if program is None:
        program = _PROGRAMS[key] = Program(*key)
    # 0-d arrays: NumPy takes them twice as fast as Python numbers
    return program, [np.array(x, dtype) for x in update.scalars.values()]


def _in_blocks(program: Program, arrays: list[ndarray], numbers: list[ndarray]) -> None:
    arrays[1] = np.ascontiguousarray(arrays[1])
    size, dtype = arrays[0].size, arrays[0].dtype
    if not all(a.flags.c_contiguous for a in arrays):
        shape = arrays[0].shape
        program.run([*arrays, *(np.empty(shape, dtype) for _ in range(program.scratch)), *numbers])
        return
    flat = [a.reshape(-1) for a in arrays]
    scratch = [np.empty(BLOCK, dtype) for _ in range(program.scratch)]
    for start in range(0, size, BLOCK):
        part = slice(start, start + BLOCK)
        rest = size - start
        buffers = scratch if rest >= BLOCK else [b[:rest] for b in scratch]
        program.run([a[part] for a in flat] + buffers + numbers)
