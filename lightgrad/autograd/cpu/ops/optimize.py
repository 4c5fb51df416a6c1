"""The CPU's optimizer step: the rule's calls in place, block by block through the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.program import Program
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.cpu.threads import parallel
from lightgrad.autograd.func import Storage, tick
from lightgrad.autograd.ops.optimize import Update

#: elements per block: six float32 arrays of it stay in cache.  A call takes some 20 us on it,
#: which threads need: with shorter ones they wait for each other at the interpreter's lock.
BLOCK = 1 << 17
#: what a thread takes at a time, in elements times calls: some 200 us
PIECE = 1 << 21

_PROGRAMS: dict[Any, Program] = {}


@CpuTensor.register_op()
def apply_update_(
    p: CpuTensor, update: Update, grad: CpuTensor | None = None, state: tuple[CpuTensor, ...] = ()
) -> CpuTensor:
    """See the op's rule."""
    data = p.data
    dtype = data.dtype
    prepared = update.prepared.get(dtype)
    if prepared is None:
        prepared = update.prepared[dtype] = _prepare(update, dtype)
    program, numbers = prepared
    arrays = [data, data if grad is None else grad.data]
    for t in state:
        arrays.append(t.data)
    if data.size <= BLOCK:
        for _ in range(program.scratch):
            arrays.append(np.empty(data.shape, dtype))
        arrays += numbers
        for function, left, right, out in program.calls:
            function(arrays[left], arrays[right], arrays[out])
    else:
        _in_blocks(program, arrays, numbers)
    storage = p._storage  # what `_touch` does; there is one call of this for each parameter
    if storage is None:
        storage = p._storage = Storage()
    storage.modified = tick()
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

    step = max(PIECE // (BLOCK * len(program.calls)), 1) * BLOCK

    def piece(first: int) -> None:
        scratch = [np.empty(BLOCK, dtype) for _ in range(program.scratch)]
        for start in range(first, min(first + step, size), BLOCK):
            part = slice(start, start + BLOCK)
            rest = size - start
            buffers = scratch if rest >= BLOCK else [b[:rest] for b in scratch]
            program.run([a[part] for a in flat] + buffers + numbers)

    if size * len(program.calls) >= 2 * PIECE:
        parallel(piece, range(0, size, step))
    else:
        for first in range(0, size, step):
            piece(first)
