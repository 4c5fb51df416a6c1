"""The smallest accelerator: storage and five operations, in plain Python.

The "device" is a flat ``array.array``, so that nothing but the five loops below computes.
Everything else lightgrad makes of these five, or runs on the CPU with a copy each way.
"""

import math
import operator
from array import array
from itertools import product, zip_longest

import numpy as np

import lightgrad as light
from lightgrad.autograd import ops
from lightgrad.errors import DtypeError, ShapeError

#: what the device can hold, and the letter of its elements in memory
CODES = {"float32": "f", "float64": "d", "int64": "q", "bool": "B"}


class Buffer:
    """Memory of the device: a shape, a dtype, and the elements in row-major order."""

    def __init__(self, shape, dtype, values):
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)
        self.values = array(CODES[self.dtype.name], values)

    def walk(self, shape):
        """The elements as they are met by a loop over a shape they broadcast to."""
        if self.shape == shape:
            return self.values
        if len(self.values) == 1 or 0 in shape:
            return [self.values[0]] * math.prod(shape) if self.values else []
        offsets, step = [], 1
        for n, own in zip_longest(reversed(shape), reversed(self.shape), fillvalue=1):
            offsets.insert(0, range(0, n * step, step) if own > 1 else [0] * n)
            step *= own
        return [self.values[sum(place)] for place in product(*offsets)]


class MinimalTensor(light.AbstractTensor):
    """A tensor in a flat array of Python's own."""

    device_name = "minimal"
    manifest = light.Manifest(dtypes=tuple(CODES), max_elements=2**24)

    dtype = property(lambda self: self.data.dtype)
    shape = property(lambda self: self.data.shape)

    @staticmethod
    def from_numpy(a, requires_grad=True):
        a = np.asarray(a)
        return MinimalTensor(Buffer(a.shape, a.dtype, a.ravel().tolist()), requires_grad)

    def numpy(self):
        return np.array(self.data.values, self.dtype).reshape(self.shape)

    @staticmethod
    def zeros(shape, dtype="float32", requires_grad=True):
        return MinimalTensor.from_numpy(np.zeros(shape, dtype), requires_grad)

    empty = zeros

    @staticmethod
    def ones(shape, dtype="float32", requires_grad=True):
        return MinimalTensor.from_numpy(np.ones(shape, dtype), requires_grad)

    @staticmethod
    def uniform(low, high, shape, dtype="float32", requires_grad=True):
        drawn = light.uniform(low, high, shape, dtype=dtype, requires_grad=False)
        return MinimalTensor.from_numpy(drawn.numpy(), requires_grad)


# ----------------------------------------------------------------- the five operations


def wrapped(value):
    """An integer as 64 bits keep it."""
    return (value + 2**63) % 2**64 - 2**63


def elementwise(op, fn, a, b):
    """``fn`` of each pair of elements, broadcast."""
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError as error:
        raise ShapeError(
            f"{op}: shapes {a.shape} and {b.shape} do not broadcast ({a.dtype}, on minimal); "
            f"reshape one of them"
        ) from error
    values = map(fn, a.data.walk(shape), b.data.walk(shape))
    if a.dtype.kind == "i":
        values = map(wrapped, values)
    return MinimalTensor(Buffer(shape, a.dtype, values))


def power(x, y):
    """``x ** y`` with the infinities and NaNs that floats have."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:  # 0 to a negative power is infinite, a root of a negative number is NaN
        return math.nan if x else math.copysign(math.inf, x if y % 2 == 1 else 1)


register = MinimalTensor.register_op()


@register
class neg(ops.arithmetic.neg):
    def forward(ctx, t):
        if t.dtype == bool:
            raise DtypeError("neg: not defined for bool tensors on minimal; use logical_not()")
        return elementwise("neg", lambda x, _: -x, t, t)


@register
class add(ops.arithmetic.add):
    def forward(ctx, a, b):
        return elementwise("add", operator.or_ if a.dtype == bool else operator.add, a, b)


@register
class mul(ops.arithmetic.mul):
    def forward(ctx, a, b):
        return elementwise("mul", operator.mul, a, b)


@register
class pow(ops.arithmetic.pow):
    def forward(ctx, a, b):
        if a.dtype.kind == "f":
            return elementwise("pow", power, a, b)
        if a.dtype.kind == "i" and min(b.data.values, default=0) < 0:
            raise DtypeError(
                f"pow: integers ({a.dtype}, shape {a.shape}, on minimal) to negative powers are "
                f"not integers; use float() first"
            )
        return elementwise("pow", operator.pow, a, b)


@register
class fill(ops.creation.fill):
    def forward(ctx, t, value):
        value = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
        if value.ndim:
            raise ShapeError(
                f"fill: the value must be a number or 0-d, not of shape {value.shape} (tensor of "
                f"shape {t.shape}, {t.dtype}, on minimal); use where()"
            )
        return MinimalTensor(Buffer(t.shape, t.dtype, [value.astype(t.dtype).item()] * t.numel()))
