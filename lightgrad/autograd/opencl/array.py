"""Arrays on a device, realised or recorded.

A realised array is memory: a block, an offset and strides, in elements.  A
recorded one is an elementwise operation on other arrays that has not run yet;
its device's `realise` runs it, together with the recorded arrays it is made of, when
its values are needed.  A constant is a recorded array without inputs.
"""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from math import prod
from typing import Any
from weakref import ref

import numpy as np

from lightgrad.autograd.mode import FOREIGN, PHASE
from lightgrad.autograd.opencl.device import Block, Device, forget_dead
from lightgrad.autograd.opencl.elementwise import COPY, Op
from lightgrad.autograd.shapes import Shape, broadcast, numel
from lightgrad.errors import DeviceError

#: recorded operations that one kernel may be made of
MOST = 28
#: weak references to recorded arrays are swept when there are so many
SWEEP = 2048
#: leases of one array, so many and each time there are twice as many
CROWD = 64


class Array:
    """Numbers on a device: memory, or how to compute them."""

    __slots__ = (
        "__weakref__",
        "args",  # of a recorded array: arrays and numbers
        "block",  # memory, or None while recorded
        "device",
        "dtype",
        "leases",  # of a recorded array: weak references to its tensors, and to what reads it
        "offset",
        "op",  # what computes a recorded array; None for a constant
        "shape",
        "size",
        "strides",  # of a recorded array: those it is going to have
        "weight",  # how many recorded operations it is made of
    )

    def __init__(
        self,
        device: Device,
        shape: Shape,
        dtype: np.dtype,
        strides: Shape,
        block: Block | None = None,
        offset: int = 0,
        op: Any = None,  # an Op or a Deferred
        args: Any = None,
        weight: int = 0,
    ) -> None:
        self.device, self.shape, self.dtype, self.strides = device, shape, dtype, strides
        self.block, self.offset, self.op, self.args, self.weight = block, offset, op, args, weight
        self.leases: Any = None if op is None else []
        self.size = prod(shape)

    def __repr__(self) -> str:
        state = "recorded" if self.block is None else "realised"
        return f"<{state} array of {self.dtype} {self.shape} on {self.device.name}>"

    @property
    def is_constant(self) -> bool:
        # in this order: another thread that realises a recorded array sets the block first
        return self.op is None and self.block is None

    @property
    def is_contiguous(self) -> bool:
        return self.strides == contiguous(self.shape) or self.size <= 1

    def ready(self) -> Array:
        """The array itself, with its values in memory or on their way there."""
        if self.block is None:
            self.device.realise(self)
        return self

    def trim_leases(self) -> None:
        """Forget those that are over, now and then, of an array that is given out often."""
        count = len(self.leases)
        if count >= CROWD and not count & (count - 1):
            with self.device.lock:
                forget_dead(self.leases)

    def flat(self) -> Array:
        """An array whose values lie in memory in the order of their indices; itself if they do."""
        if self.block is None and self.is_contiguous:
            return self.ready()
        return self if self.is_contiguous else copy(self)

    def view(self, shape: Shape, strides: Shape, offset: int = 0) -> Array:
        """An array over the same memory, ``offset`` elements further on."""
        self.ready()
        return Array(self.device, shape, self.dtype, strides, self.block, self.offset + offset)

    def shared(self, wait: bool = True) -> np.ndarray:
        """The memory itself as a NumPy array, on a device that shares it; all is finished."""
        self.ready()
        if wait:
            self.device.queue.finish()
        itemsize = self.dtype.itemsize
        memory = self.block.shared()  # type: ignore[union-attr]
        strides = [s * itemsize for s in self.strides]
        return np.ndarray(self.shape, self.dtype, memory, self.offset * itemsize, strides)

    def numpy(self) -> np.ndarray:
        """A copy of the values."""
        if self.is_constant:
            return np.full(self.shape, self.args[0], self.dtype)
        source = self.ready() if covers_its_block(self) else copy(self)
        itemsize = self.dtype.itemsize
        span = source.size * itemsize
        memory = self.device.download(source.block, source.offset * itemsize, span)  # type: ignore[arg-type]
        strides = [s * itemsize for s in source.strides]
        flat = memory.view(self.dtype)
        return np.lib.stride_tricks.as_strided(flat, self.shape, strides).copy()


@lru_cache(maxsize=4096)
def contiguous(shape: Shape) -> Shape:
    """Strides of elements that lie in the order of their indices."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


@lru_cache(maxsize=4096)
def is_dense(shape: Shape, strides: Shape) -> bool:
    """Whether the elements fill one piece of memory, in whatever order of the axes."""
    step = 1
    for stride, n in sorted(zip(strides, shape, strict=True)):
        if n == 1:
            continue
        if stride != step:
            return False
        step *= n
    return True


@lru_cache(maxsize=4096)
def packed(shape: Shape, strides: Shape) -> Shape:
    """Strides without gaps, with the axes in the same order; C order where memory is repeated.

    >>> packed((2, 3), (1, 8)), packed((2, 3), (16, -2))
    ((1, 2), (3, 1))
    """
    if any(s == 0 and n > 1 for s, n in zip(strides, shape, strict=True)):
        return contiguous(shape)
    out, step = [1] * len(shape), 1
    for i in sorted(range(len(shape)), key=lambda i: (abs(strides[i]), -i)):
        out[i] = step
        step *= max(shape[i], 1)
    return tuple(out)


def covers_its_block(a: Array) -> bool:
    return is_dense(a.shape, a.strides)


# ----------------------------------------------------------------- making arrays


def empty(device: Device, shape: Shape, dtype: np.dtype, strides: Shape | None = None) -> Array:
    """Memory with whatever it held."""
    device.require(dtype)
    block = device.allocate(numel(shape) * dtype.itemsize)
    return Array(device, shape, dtype, strides or contiguous(shape), block)


def constant(device: Device, shape: Shape, dtype: np.dtype, value: Any) -> Array:
    """One value everywhere, without memory until somebody writes or reads it."""
    device.require(dtype)
    value = dtype.type(value).item()
    return Array(device, shape, dtype, contiguous(shape), None, 0, None, (value,))


def upload(device: Device, values: np.ndarray) -> Array:
    """A copy of an array."""
    device.require(values.dtype)
    values = np.ascontiguousarray(values).reshape(values.shape)
    out = Array(device, values.shape, values.dtype, contiguous(values.shape), device.upload(values))
    if values.dtype.kind in "iu" and values.size:
        out.block.bounds = int(values.min()), int(values.max())  # type: ignore[union-attr]
    return out


def copy(a: Array, strides: Shape | None = None) -> Array:
    """The values in memory of their own, in C order unless told otherwise."""
    out = copying(a, a.shape, strides or contiguous(a.shape)).ready()
    if a.block is not None and a.dtype.kind in "iu":
        out.block.bounds = a.block.bounds  # type: ignore[union-attr]
    return out


# ----------------------------------------------------------------- recording


def copying(a: Array, shape: Shape, strides: Shape) -> Array:
    """A recorded copy, for whoever realises it at once."""
    out = Array(a.device, shape, a.dtype, strides, op=COPY, args=(a,), weight=1)
    if a.op is not None:
        a.leases.append(ref(out))
    return out


# Long: shape, layout and weight in one pass, as this runs once per operation.
def record(op: Op, args: tuple[Any, ...], dtype: np.dtype, shape: Shape | None = None) -> Array:
    """The elementwise ``op`` of arrays and numbers; at least one argument is an array."""
    device = strides = None
    weight, folds = 1, True
    for a in args:
        if type(a) is not Array:
            continue
        if device is None:
            device, first = a.device, a.shape
            if shape is None:
                shape = first
        elif a.device is not device:
            raise mixed(op.name, device, a.device)
        if a.shape != shape and not _fits(a.shape, shape):
            shape = broadcast(op.name, shape, a.shape)  # type: ignore[arg-type]
            strides = None
        if a.op is not None:  # first, as in `is_constant`
            folds = False
            weight += a.weight
        elif a.block is not None:
            folds = False
    for a in args:
        if type(a) is Array and a.shape == shape and (a.op is not None or a.block is not None):
            if a.block is None or is_dense(shape, a.strides):
                strides = a.strides
                break
            strides = strides or packed(shape, a.strides)
    if folds:
        folded = op.fold(args, dtype)
        if folded is not None:
            return constant(device, shape, dtype, folded)  # type: ignore[arg-type]
    out = Array(
        device,  # type: ignore[arg-type]
        shape,  # type: ignore[arg-type]
        dtype,
        strides or contiguous(shape),
        None,
        0,
        op,
        args,
        weight,
    )
    if weight > MOST:
        for a in args:
            if type(a) is Array and a.weight > 1:
                a.ready()
        out.weight = 1 + sum(a.weight for a in args if type(a) is Array)
    if not device.fuse:  # type: ignore[union-attr]
        return out.ready()
    lease = ref(out)  # as in `remembered`
    if weight > 1:
        for a in args:
            if type(a) is Array and a.op is not None:
                a.leases.append(lease)
    pending = device.pending  # type: ignore[union-attr]
    pending.append(lease)
    if len(pending) > SWEEP:
        device.sweep()  # type: ignore[union-attr]
    return out


def remembered(recorded: Array) -> Array:
    """The array, run at once without fusion, else known to what changes memory it reads."""
    device = recorded.device
    if not device.fuse:
        return recorded.ready()
    lease = ref(recorded)
    if recorded.weight > 1:
        for a in recorded.args:
            if type(a) is Array and a.op is not None:
                a.leases.append(lease)
    pending = device.pending
    pending.append(lease)
    if len(pending) > SWEEP:
        device.sweep()
    return recorded


def wanted(a: Array, apart: Container[int] = ()) -> bool:
    """Whether somebody may yet ask for a recorded array: a tensor, or another that is wanted.

    Those with an id in ``apart`` do not count.  Whoever else holds a reference, a variable or
    the frame of a call, has no lease: it will find the array recorded, and can still run it.
    """
    leases = a.leases
    for lease in leases:
        holder = lease()
        if holder is None:
            continue
        if type(holder) is not Array:
            if holder._data is a:
                return True
        elif holder.block is None and id(holder) not in apart and wanted(holder):
            return True
    return not leases or a in a.device.asked  # new: an operation is about to give it away


def _fits(small: Shape, big: Shape | None) -> bool:
    """Whether ``small`` broadcasts to ``big`` without changing it."""
    lead = len(big) - len(small)  # type: ignore[arg-type]
    if lead < 0:
        return False
    for n, m in zip(small, big[lead:], strict=True):  # type: ignore[index]  # noqa: SIM110
        if n not in (1, m):  # a loop is faster than all()
            return False
    return True


def mixed(op: str, one: Device, other: Device) -> DeviceError:
    return DeviceError(
        f"{op}: tensors on different OpenCL devices, opencl:{one.index} ({one.name}) and "
        f"opencl:{other.index} ({other.name}); move one with .to()"
    )


# ----------------------------------------------------------------- views


def broadcast_strides(a: Array, shape: Shape) -> Shape:
    """The strides of ``a`` seen in a bigger shape."""
    lead = len(shape) - len(a.shape)
    pairs = zip(a.shape, a.strides, shape[lead:], strict=True)
    return (*(0,) * lead, *(0 if n == 1 and m != 1 else s for n, s, m in pairs))


def stays_constant(a: Array) -> bool:
    """Whether views of an array may be constants too.

    The library's rules change no gradient in place; elsewhere a view has to follow.
    """
    return a.is_constant and PHASE.get() == "backward" and not FOREIGN.get()


def reshape(a: Array, shape: Shape) -> Array:
    """A view where the layout allows one, else a copy."""
    if stays_constant(a):
        return constant(a.device, shape, a.dtype, a.args[0])
    a.ready()
    strides = reshaped_strides(a.shape, a.strides, shape)
    if strides is None:
        a = copy(a)
        strides = contiguous(shape)
    return a.view(shape, strides)


@lru_cache(maxsize=4096)
def reshaped_strides(old: Shape, strides: Shape, new: Shape) -> Shape | None:
    """The strides that make ``new`` a view; None where there are none.

    >>> reshaped_strides((2, 3, 4), (12, 4, 1), (6, 4)), reshaped_strides((2, 3), (1, 2), (6,))
    ((4, 1), None)
    """
    if 0 in old or strides == contiguous(old):
        return contiguous(new)
    groups = [[n, s] for n, s in zip(old, strides, strict=True) if n != 1]
    out: list[int] = []
    sizes = [n for n in new if n != 1]
    while groups and sizes:
        (n, step), m = groups.pop(), sizes.pop()
        if n < m:  # join with the axis before, if the memory goes on
            while n < m:
                if not groups or groups[-1][1] != step * n:
                    return None
                n *= groups.pop()[0]
        if n % m:
            return None
        out.append(step)
        if n > m:
            groups.append([n // m, step * m])
    remaining = iter(reversed(out))
    return tuple(1 if n == 1 else next(remaining) for n in new)


def expand(a: Array, shape: Shape) -> Array:
    """A view that repeats its memory."""
    if stays_constant(a):
        return constant(a.device, shape, a.dtype, a.args[0])
    a.ready()
    return a.view(shape, broadcast_strides(a, shape))
