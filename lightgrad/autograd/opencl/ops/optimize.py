"""The optimizer step on OpenCL: all parameters of a dtype in one launch."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.dtypes import float16
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, is_dense
from lightgrad.autograd.opencl.kernels.update import update_all
from lightgrad.autograd.opencl.schedule import flush_readers_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import optimize as rules
from lightgrad.autograd.ops.optimize import Update
from lightgrad.autograd.tensor.registration import install


@OpenCLTensor.register_op()
def apply_update_(
    p: OpenCLTensor,
    update: Update,
    grad: OpenCLTensor | None = None,
    state: tuple[OpenCLTensor, ...] = (),
) -> OpenCLTensor:
    """See the op's rule."""
    _apply_updates([p], update, [grad], [state])
    return p


def _apply_updates(
    params: list[OpenCLTensor],
    update: Update,
    grads: list[OpenCLTensor | None],
    states: list[tuple[OpenCLTensor, ...]],
) -> None:
    """See `lightgrad.autograd.ops.optimize.apply_updates_`."""
    device = params[0]._data.device
    batches: dict[Any, list[list[Array]]] = {}  # by dtype
    written: list[Any] = []
    read = set()
    with device.lock:
        for p, grad, state in zip(params, grads, states, strict=True):
            data = p._data.ready()
            strides = data.strides
            row = [data, data]
            row += [t._data.ready() for t in state]
            odd = data.dtype == float16 or not is_dense(data.shape, strides)
            if odd or any(a.strides != strides for a in row):
                rules.apply_update_(p, update, grad, state)
                continue
            if grad is not None:
                g = grad._data
                if g.block is None or g.strides != strides:
                    g = g.ready() if g.strides == strides else arrays.copy(g, strides)
                row[1] = g
                read.add(g.block)
            written.append(data.block)
            written += [a.block for a in row[2:]]
            batches.setdefault(data.dtype, []).append(row)
        blocks = set(written)
        flush_readers_of(device, blocks)
        for dtype, rows in batches.items():
            # those that share memory are updated one after the other
            apart = len(blocks) == len(written) and blocks.isdisjoint(read)
            for part in [rows] if apart else [[row] for row in rows]:
                update_all(device, update, dtype, part)
    for p in params:
        p._touch()


install(OpenCLTensor, "_apply_updates", staticmethod(_apply_updates))
