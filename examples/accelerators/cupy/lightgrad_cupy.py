"""lightgrad on CuPy arrays, so on an NVIDIA or AMD GPU.

The backend is a table: the name of an op, and a function of CuPy arrays.  No kernel writes into
its arguments, and a tensor that changes in place takes over new data, so views need no care.
"""

from itertools import product

import cupy as cp
import numpy as np

import lightgrad as light
from lightgrad.autograd.dispatch import describe
from lightgrad.errors import DtypeError, ShapeError


class CupyTensor(light.AbstractTensor):
    """A tensor over a CuPy array, on CuPy's current device."""

    device_name = "cupy"
    manifest = light.Manifest()

    dtype = property(lambda self: self.data.dtype)
    shape = property(lambda self: self.data.shape)

    @staticmethod
    def from_numpy(a, requires_grad=True):
        return CupyTensor(cp.array(a), requires_grad)

    def numpy(self):
        return np.array(cp.asnumpy(self.data))

    @staticmethod
    def zeros(shape, dtype="float32", requires_grad=True):
        return CupyTensor(cp.zeros(shape, dtype), requires_grad)

    empty = zeros

    @staticmethod
    def ones(shape, dtype="float32", requires_grad=True):
        return CupyTensor(cp.ones(shape, dtype), requires_grad)

    @staticmethod
    def uniform(low, high, shape, dtype="float32", requires_grad=True):
        drawn = light.uniform(low, high, shape, dtype=dtype, requires_grad=False)
        return CupyTensor.from_numpy(drawn.numpy(), requires_grad)


def native(name, fn):
    """Register ``fn``, a function of arrays, as the kernel of an op."""
    rule = getattr(light.AbstractTensor, name).function

    def forward(ctx, *args):
        arrays = [a.data if isinstance(a, CupyTensor) else a for a in args]
        try:
            return CupyTensor(cp.asarray(fn(*arrays)))
        except (TypeError, ValueError, IndexError) as error:
            kind = DtypeError if isinstance(error, TypeError) else ShapeError
            raise kind(f"{name}: {error} (arguments: {describe(args)})") from error

    body = {"forward": forward, "scalars": rule.arity == 2}
    CupyTensor.register_op(name)(type(name, (rule,), body))


def power(a, b):
    if a.dtype.kind in "iu" and cp.any(b < 0):
        raise TypeError("integers to negative powers are not integers; use float() first")
    return cp.power(a, b)


def reduction(fn, *dtypes):
    """``fn`` over some axes; of arrays of ``dtypes`` the result is of the first of these."""

    def kernel(a, dims, keep):
        out = fn(a.astype(dtypes[0]) if a.dtype in dtypes[1:] else a, dims, keepdims=keep)
        return out.astype(dtypes[0]) if a.dtype in dtypes else out

    return kernel


def padded(a, widths, value=0):
    return cp.pad(a, widths, constant_values=value) if a.ndim else a


def key_of(axes, shape, indices):
    """Indices of some axes as a key; CuPy itself would not notice one out of range."""
    key = [slice(None)] * len(shape)
    for axis, index in zip(axes, indices, strict=True):
        n = shape[axis]
        if index.size and (index.min() < -n or index.max() >= n):
            raise IndexError(f"an index is out of range for axis {axis} of size {n}")
        key[axis] = index
    return tuple(key)


def added(g, shape, key):
    """Zeros, and ``g`` added at the places of ``key``."""
    out = cp.zeros(shape, g.dtype)
    cp.add.at(out, key, g)
    return out


def places(shape, how):
    """For each position of the window, the elements it meets; and the border that takes."""
    axes = list(zip(*how, shape[2:], strict=True))
    rest = [max(0, (m - 1) * s + d * (k - 1) + 1 - n - p) for k, s, p, d, m, n in axes]
    border = [(0, 0), (0, 0), *((axis[2], end) for axis, end in zip(axes, rest, strict=True))]
    spans = [[slice(i * d, i * d + m * s, s) for i in range(k)] for k, s, _, d, m, _ in axes]
    return [(..., *cut) for cut in product(*spans)], border


def windows(x, how, fill=0):
    """The elements at each position of the window, along a new axis 2."""
    cuts, border = places(x.shape, how)
    x = padded(x, border, fill)
    return cp.stack([x[cut] for cut in cuts], 2)


def unstacked(parts, shape, how):
    """The adjoint of ``windows``: each part added where it came from."""
    cuts, border = places(shape, how)
    out = padded(cp.zeros(shape, parts.dtype), border)
    for i, cut in enumerate(cuts):
        out[cut] += parts[:, :, i]
    return out[tuple(slice(low, low + n) for n, (low, _) in zip(shape, border, strict=True))]


def first(x, how):
    """Which position of each window holds the first largest x."""
    parts = windows(x, how, -cp.inf)
    return cp.argmax(parts, 2)[:, :, None] == cp.arange(parts.shape[2]).reshape(
        -1, *(1,) * (x.ndim - 2)
    )


def convolution(x, w, bias, how):
    axes = zip(x.shape[2:], w.shape[2:], *how[:3], strict=True)
    out = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes]
    y = cp.matmul(w.reshape(how[3], -1, w[0].size), columns(x, w.shape, how, out))
    y = y.reshape(len(x), len(w), *out)
    return y if bias is None else y + bias.reshape(-1, *(1,) * len(out))


def columns(x, w_shape, how, out):
    """For each image and group, what each weight (row) meets at each place (column)."""
    seen = windows(x, (w_shape[2:], *how[:3], out))
    return seen.reshape(len(x), how[3], int(np.prod(w_shape[1:])), int(np.prod(out)))


def convolution_input(y, w, shape, how):
    rows = y.reshape(len(y), how[3], len(w) // how[3], int(np.prod(y.shape[2:])))
    parts = cp.matmul(w.reshape(how[3], -1, w[0].size).swapaxes(1, 2), rows)
    parts = parts.reshape(*shape[:2], int(np.prod(w.shape[2:])), *y.shape[2:])
    return unstacked(parts, shape, (w.shape[2:], *how[:3], y.shape[2:]))


def convolution_weight(x, y, shape, how):
    seen = columns(x, shape, how, y.shape[2:])
    rows = y.reshape(len(y), how[3], shape[0] // how[3], seen.shape[-1])
    return cp.matmul(rows, seen.swapaxes(2, 3)).sum(0).reshape(shape)


INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")  # are added up in int64
NAMES = """add sub=subtract mul=multiply div=true_divide neg=negative abs exp exp2 expm1 log
log1p log2 log10 sqrt reciprocal sin cos tan asin=arcsin acos=arccos atan=arctan sinh cosh
tanh atan2=arctan2 floor ceil trunc round isnan isinf isfinite maximum minimum eq=equal ne=not_equal
lt=less le=less_equal gt=greater ge=greater_equal logical_not logical_and logical_or logical_xor
bitwise_not bitwise_and bitwise_or bitwise_xor tril triu flip matmul permute=transpose
expand=broadcast_to reshape clone=asarray contiguous=asarray"""
TABLE = {n.split("=")[0]: getattr(cp, n.split("=")[-1]) for n in NAMES.split()}
TABLE |= {
    "pow": power,
    "sign": lambda a: cp.where(cp.isnan(a), 0, cp.sign(a)).astype(a.dtype),
    "cast": lambda a, dtype: a.astype(dtype),
    "fill": lambda a, value: cp.full(a.shape, cp.asarray(value).reshape(()), a.dtype),
    "where": lambda a, condition, b: cp.where(condition, a, b),
    "masked_fill": lambda a, m, value: cp.where(m, cp.asarray(value).astype(a.dtype), a),
    "amax": reduction(cp.max),
    "amin": reduction(cp.min),
    "mean": reduction(cp.mean),
    "sum": reduction(cp.sum, *INTEGERS),
    "all": reduction(cp.all, np.uint8),
    "any": reduction(cp.any, np.uint8),
    "argmax": lambda a, dim, keep: cp.argmax(a, dim if a.ndim else None, keepdims=keep),
    "pad_constant": padded,
    "join": lambda a, dim, *others: cp.concatenate([a, *others], dim),
    "slice_view": lambda a, key: a[key],
    "slice_backward": added,
    "index": lambda a, axes, *indices: a[key_of(axes, a.shape, indices)],
    "index_backward": lambda g, shape, axes, *i: added(g, shape, key_of(axes, shape, i)),
    "convolution": convolution,
    "convolution_input": convolution_input,
    "convolution_weight": convolution_weight,
    "pool_max": lambda x, how: cp.max(windows(x, how, -cp.inf), 2),
    "pool_max_backward": lambda g, x, _, how: unstacked(
        cp.where(first(x, how), cp.expand_dims(g, 2), 0), x.shape, how
    ),
}
for op, kernel in TABLE.items():
    native(op, kernel)
