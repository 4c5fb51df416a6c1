"""The CPU's optimizer step: the rule's calls in place, block by block through the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.program import Program
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.cpu.threads import parallel
from lightgrad.autograd.dtypes import float16
from lightgrad.autograd.nodes import tick
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
    """Update one parameter in place, as ``apply_update_`` in `ops.optimize` says."""
    _apply_updates([p], update, [grad], [state])
    return p


def _apply_updates(
    params: list[Any], update: Update, grads: list[Any], states: list[tuple[Any, ...]]
) -> None:
    """Update each parameter in place; those of the same shape share scratch buffers."""
    program = _program(update)
    prepared: dict[Any, list[Any]] = {}
    numbers: dict[Any, list[ndarray]] = {}
    for p, grad, state in zip(params, grads, states, strict=True):
        data = p._data
        if data.dtype == float16:
            _in_float32(program, update, [p, p if grad is None else grad, *state])
            continue
        kind = data.shape, data.dtype
        registers = prepared.get(kind)
        if registers is None:
            known = numbers.get(data.dtype)
            if known is None:  # 0-d arrays: NumPy takes them twice as fast as Python numbers
                known = [np.array(x, data.dtype) for x in update.scalars.values()]
                numbers[data.dtype] = known
            small = data.size <= BLOCK
            scratch = [np.empty_like(data) if small else None for _ in range(program.scratch)]
            registers = prepared[kind] = [None] * (2 + len(state)) + scratch + known
        registers[0] = data
        registers[1] = data if grad is None else grad._data
        for i, t in enumerate(state, 2):
            registers[i] = t._data
        if data.size <= BLOCK:
            for function, left, right, out in program.calls:
                function(registers[left], registers[right], registers[out])
        else:
            _in_blocks(program, registers[: 2 + len(state)], numbers[data.dtype])
        storage = p._storage
        if storage is None or storage.views is not None:
            p._touch()
        else:  # the same, for less
            storage.modified = tick()


CpuTensor._apply_updates = staticmethod(_apply_updates)  # type: ignore[attr-defined]


def _program(update: Update) -> Program:
    key = update.rule, update.on, update.names, tuple(update.scalars)
    program = _PROGRAMS.get(key)
    if program is None:
        program = _PROGRAMS[key] = Program(*key)
    return program


def _in_float32(program: Program, update: Update, tensors: list[CpuTensor]) -> None:
    """Run the calls on float32 copies: a gradient of 256 has no square in float16."""
    arrays = [t._data.astype(np.float32) for t in tensors]
    scratch = [np.empty_like(arrays[0]) for _ in range(program.scratch)]
    program.run([*arrays, *scratch, *(np.array(x, np.float32) for x in update.scalars.values())])
    for i, (t, array) in enumerate(zip(tensors, arrays, strict=True)):
        if i != 1:  # the gradient
            t._data[...] = array
    tensors[0]._touch()


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

    parallel(piece, range(0, size, step))
