"""A user's own accelerator in a user's own script: tensors over plain Python lists.

The way of the README: raw data in, raw data out, and no more than the five ops
that everything else can be derived from.
"""

import itertools

import numpy as np

import lightgrad as light
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor


class Block:
    """The raw data: a shape and a flat list of floats."""

    def __init__(self, shape, values):
        self.shape, self.values = tuple(shape), list(values)

    def zip(self, other, fn):
        shape = np.broadcast_shapes(self.shape, other.shape)
        return Block(shape, map(fn, self.spread(shape), other.spread(shape)))

    def map(self, fn):
        return Block(self.shape, map(fn, self.values))

    def spread(self, shape):
        strides, step = [], 1
        for n in reversed(self.shape):
            strides.insert(0, step if n > 1 else 0)
            step *= n
        strides = [0] * (len(shape) - len(strides)) + strides
        for index in itertools.product(*map(range, shape)):
            yield self.values[sum(i * s for i, s in zip(index, strides, strict=True))]


class NewTensor(AbstractTensor):
    """Tensor class for new accelerator"""

    def __init__(self, data, dtype: type = np.float32, requires_grad: bool = True):
        self.kind = dtype
        AbstractTensor.__init__(self, data=data, requires_grad=requires_grad)

    @property
    def dtype(self):
        return self.kind

    @property
    def shape(self) -> tuple:
        return self.data.shape

    @staticmethod
    def empty(shape, *args, **kwargs) -> "NewTensor":
        return NewTensor.zeros(shape, *args, **kwargs)

    @staticmethod
    def zeros(shape, *args, **kwargs) -> "NewTensor":
        return NewTensor.from_numpy(np.zeros(shape, np.float32), kwargs.get("requires_grad", True))

    @staticmethod
    def ones(shape, *args, **kwargs) -> "NewTensor":
        return NewTensor.from_numpy(np.ones(shape, np.float32), kwargs.get("requires_grad", True))

    @staticmethod
    def uniform(low, high, shape, *args, **kwargs) -> "NewTensor":
        values = np.random.default_rng(0).uniform(low, high, shape)
        return NewTensor.from_numpy(values.astype(np.float32), kwargs.get("requires_grad", True))

    @staticmethod
    def from_numpy(a: np.ndarray, requires_grad: bool = True) -> "NewTensor":
        a = np.asarray(a)
        return NewTensor(Block(a.shape, a.ravel().tolist()), a.dtype.type, requires_grad)

    def numpy(self) -> np.ndarray:
        return np.array(self.data.values, self.kind).reshape(self.shape)

    def copy(self, requires_grad: bool = True) -> "NewTensor":
        return NewTensor(Block(self.shape, self.data.values), self.kind, requires_grad)


@NewTensor.register_op(name="neg")
class neg(Function):
    def forward(ctx, t):
        return NewTensor(t.data.map(lambda v: -v), t.dtype)

    def backward(ctx, out_grad):
        return NewTensor(out_grad.data.map(lambda v: -v), out_grad.dtype)


@NewTensor.register_op(name="add")
class add(Function):
    def forward(ctx, a, b):
        return NewTensor(a.data.zip(b.data, lambda x, y: x + y), a.dtype)

    def backward(ctx, out_grad):
        return out_grad, out_grad


@NewTensor.register_op(name="mul")
class mul(Function):
    def forward(ctx, a, b):
        ctx.save_for_backward(a.data, b.data)
        return NewTensor(a.data.zip(b.data, lambda x, y: x * y), a.dtype)

    def backward(ctx, out_grad):
        a, b = ctx.get_saved_tensors()
        g = out_grad.data
        return (
            NewTensor(g.zip(b, lambda x, y: x * y), out_grad.dtype),
            NewTensor(g.zip(a, lambda x, y: x * y), out_grad.dtype),
        )


@NewTensor.register_op(name="pow")
class pow(Function):
    def forward(ctx, a, b):
        ctx.save_for_backward(a.data, b.data)
        return NewTensor(a.data.zip(b.data, lambda x, y: x**y), a.dtype)

    def backward(ctx, out_grad):
        a, b = ctx.get_saved_tensors()
        slope = a.zip(b, lambda x, y: y * x ** (y - 1))
        return NewTensor(out_grad.data.zip(slope, lambda x, y: x * y), out_grad.dtype), None


@NewTensor.register_op(name="fill")
class fill(Function):
    def forward(ctx, t, value):
        return NewTensor(t.data.map(lambda _: float(value)), t.dtype)

    def backward(ctx, out_grad):
        return NewTensor(out_grad.data.map(lambda _: 0.0), out_grad.dtype)


def main() -> None:
    a = NewTensor.uniform(1, 2, shape=(3, 4))
    b = NewTensor.uniform(1, 2, shape=(3, 4))
    losses = []
    for _ in range(20):
        y = (a * b - 2) ** 2 / (b + 1)
        y.backward(allow_fill=True)
        losses.append(float(y.numpy().sum()))
        with light.no_grad():
            a -= 0.1 * a.grad
        a.zero_grad()
        b.zero_grad()
    assert losses[-1] < 0.1 * losses[0]
    print("first", losses[0])
    print("last", losses[-1])


if __name__ == "__main__":
    main()
