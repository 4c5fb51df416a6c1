"""lightgrad on JAX arrays, so on a processor, a GPU or a TPU: whatever JAX finds.

The backend is a table: the name of an op, and a function of JAX arrays.  JAX's arrays cannot
be changed, so a view is a copy, and a tensor that changes in place takes over new data.
"""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np

import lightgrad as light
from lightgrad.errors import DivisionError, DtypeError, LightgradError, ShapeError

jax.config.update("jax_enable_x64", True)  # int64 and float64 are what they say
jax.config.update("jax_default_matmul_precision", "highest")  # float32 products in float32


class JaxTensor(light.AbstractTensor):
    """A tensor over a JAX array, on JAX's default device."""

    device_name = "jax"
    manifest = light.Manifest()

    dtype = property(lambda self: self.data.dtype)
    shape = property(lambda self: self.data.shape)

    @staticmethod
    def from_numpy(a, requires_grad=True):
        return JaxTensor(jnp.array(np.asarray(a)), requires_grad)

    def numpy(self):
        return np.array(self.data)

    @staticmethod
    def zeros(shape, dtype="float32", requires_grad=True):
        return JaxTensor(jnp.zeros(shape, dtype), requires_grad)

    empty = zeros

    @staticmethod
    def ones(shape, dtype="float32", requires_grad=True):
        return JaxTensor(jnp.ones(shape, dtype), requires_grad)

    @staticmethod
    def uniform(low, high, shape, dtype="float32", requires_grad=True):
        drawn = light.uniform(low, high, shape, dtype=dtype, requires_grad=False)
        return JaxTensor.from_numpy(drawn.numpy(), requires_grad)


def native(name, fn):
    """Register ``fn``, a function of arrays, as the kernel of an op."""
    rule = getattr(light.AbstractTensor, name).function

    def forward(ctx, *args):
        try:
            return JaxTensor(fn(*(a.data if isinstance(a, JaxTensor) else a for a in args)))
        except LightgradError:
            raise
        except (TypeError, ValueError, IndexError) as error:
            given = [f"{a.dtype} {a.shape}" for a in args if isinstance(a, JaxTensor)]
            dtypes = isinstance(error, TypeError) and "shape" not in str(error)
            kind = DtypeError if dtypes else ShapeError
            raise kind(f"{name}: {error} (arguments: {', '.join(given)}, on jax)") from error

    body = {"forward": forward, "scalars": rule.arity == 2}
    JaxTensor.register_op(name)(type(name, (rule,), body))


def checked(fn, wrong, error, text):
    """``fn``, but integers for whose second operand ``wrong`` holds are an error."""

    def kernel(a, b):
        if a.dtype.kind in "iu" and jnp.any(wrong(b)):
            raise error(f"{text} (shapes {a.shape} and {jnp.shape(b)}, {a.dtype}, on jax)")
        return fn(a, b)

    return kernel


def reduction(fn, *dtypes):
    """``fn`` over some axes; of arrays of ``dtypes`` the result is of the first of these."""

    def kernel(a, dims, keep):
        out = fn(a.astype(dtypes[0]) if a.dtype in dtypes[1:] else a, dims, keepdims=keep)
        return out.astype(dtypes[0]) if a.dtype in dtypes else out

    return kernel


def padded(a, widths, value=0):
    return jnp.pad(a, widths, constant_values=value) if a.ndim else a


def key_of(axes, shape, indices):
    """Indices of some axes as a key; JAX itself would not notice one out of range."""
    key = [slice(None)] * len(shape)
    for axis, index in zip(axes, indices, strict=True):
        n = shape[axis]
        if index.size and (index.min() < -n or index.max() >= n):
            raise IndexError(f"an index is out of range for axis {axis} of size {n}")
        key[axis] = index
    return tuple(key)


def mesh_of(shape, dim, index):
    """The key of the places that ``index`` names along ``dim``."""
    if index.size and (index.min() < 0 or index.max() >= (shape or (1,))[dim]):
        raise IndexError(f"an index is out of range for axis {dim} of shape {shape}")
    mesh = enumerate(jnp.indices(index.shape) if shape else ())
    return tuple(index if i == dim else places for i, places in mesh)


def put(a, value, key, axes, *indices):
    part, value = a[key], jnp.asarray(value).astype(a.dtype)
    return a.at[key].set(part.at[key_of(axes, part.shape, indices) if indices else ...].set(value))


def adjoint(fn, shape, y):
    """The adjoint of a linear ``fn`` at y, which may lack outputs at the end of its axes."""
    whole, pull = jax.vjp(fn, jnp.zeros(shape, y.dtype))
    return pull(padded(y, [(0, n - m) for n, m in zip(whole.shape, y.shape, strict=True)]))[0]


def convolve(x, w, how):
    stride, padding, dilation, groups = how
    pads = [(p, p) for p in padding]
    return jax.lax.conv_general_dilated(x, w, stride, pads, None, dilation, None, groups)


def convolution(x, w, bias, how):
    y = convolve(x, w, how)
    return y if bias is None else y + bias.reshape(-1, *(1,) * (x.ndim - 2))


def windows(x, how, fill):
    """The elements at each position of the window of pooling, along a new first axis."""
    axes = list(zip(*how, x.shape[2:], strict=True))
    rest = [max(0, (m - 1) * s + d * (k - 1) + 1 - n - p) for k, s, p, d, m, n in axes]
    borders = [(0, 0), (0, 0), *((axis[2], end) for axis, end in zip(axes, rest, strict=True))]
    x = padded(x, borders, fill)
    cuts = [[slice(i * d, i * d + m * s, s) for i in range(k)] for k, s, _, d, m, _ in axes]
    return jnp.stack([x[(..., *cut)] for cut in product(*cuts)])


def picked(t, x, how):
    """``t`` where the first largest x of each window is."""
    first = jnp.argmax(windows(x, how, -jnp.inf), 0)
    return jnp.take_along_axis(windows(t, how, 0), first[None], 0)[0]


INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")  # are added up in int64
NAMES = """add sub=subtract mul=multiply div=true_divide neg=negative abs exp exp2 expm1 log
log1p log2 log10 sqrt reciprocal sin cos tan asin=arcsin acos=arccos atan=arctan sinh cosh
tanh atan2=arctan2 floor ceil trunc round isnan isinf isfinite maximum minimum eq=equal ne=not_equal
lt=less le=less_equal gt=greater ge=greater_equal logical_not logical_and logical_or logical_xor
bitwise_not bitwise_and bitwise_or bitwise_xor tril triu flip matmul permute=transpose
expand=broadcast_to reshape clone=asarray contiguous=asarray"""
TABLE = {n.split("=")[0]: getattr(jnp, n.split("=")[-1]) for n in NAMES.split()}
for op in ("floor_divide", "remainder", "fmod"):
    TABLE[op] = checked(getattr(jnp, op), jnp.logical_not, DivisionError, op + ": division by 0")
TABLE |= {
    "pow": checked(jnp.power, lambda b: b < 0, DtypeError, "pow: negative power; use float()"),
    "sign": lambda a: jnp.where(jnp.isnan(a), 0, jnp.sign(a)).astype(a.dtype),
    "erf": jax.scipy.special.erf,
    "cast": lambda a, dtype: a.astype(dtype),
    "fill": lambda a, value: jnp.full(a.shape, jnp.asarray(value).reshape(()), a.dtype),
    "where": lambda a, condition, b: jnp.where(condition, a, b),
    "masked_fill": lambda a, m, value: jnp.where(m, jnp.asarray(value).astype(a.dtype), a),
    "amax": reduction(jnp.max),
    "amin": reduction(jnp.min),
    "mean": reduction(jnp.mean),
    "sum": reduction(jnp.sum, *INTEGERS),
    "prod": reduction(jnp.prod, *INTEGERS),
    "all": reduction(jnp.all, np.uint8),
    "any": reduction(jnp.any, np.uint8),
    "argmax": lambda a, dim, keep: jnp.argmax(a, dim if a.ndim else None, keepdims=keep),
    "argmin": lambda a, dim, keep: jnp.argmin(a, dim if a.ndim else None, keepdims=keep),
    "pad_constant": padded,
    "join": lambda a, dim, *others: jnp.concatenate([a, *others], dim),
    "put": put,
    "slice_view": lambda a, key: a[key],
    "slice_backward": lambda g, shape, key: adjoint(lambda a: a[key], shape, g),
    "index": lambda a, axes, *indices: a[key_of(axes, a.shape, indices)],
    "index_backward": lambda g, s, axes, *i: jnp.zeros(s, g.dtype).at[key_of(axes, s, i)].add(g),
    "gather": lambda a, dim, i: jnp.broadcast_to(a[mesh_of(a.shape, dim, i)], i.shape),
    "scatter": lambda a, dim, i, src: a.at[mesh_of(a.shape, dim, i)].set(src),
    "scatter_add": lambda a, dim, i, src: a.at[mesh_of(a.shape, dim, i)].add(src),
    "convolution": convolution,
    "convolution_input": lambda y, w, s, how: adjoint(lambda x: convolve(x, w, how), s, y),
    "convolution_weight": lambda x, y, s, how: adjoint(lambda w: convolve(x, w, how), s, y),
    "pool_max": lambda x, how: jnp.max(windows(x, how, -jnp.inf), 0),
    "pool_max_gather": lambda t, x, _, how: picked(t, x, how),
    "pool_max_backward": lambda g, x, y, how: adjoint(lambda t: picked(t, x, how), x.shape, g),
    "pool_sum": lambda x, how: jnp.sum(windows(x, how, 0), 0),
}
for op, kernel in TABLE.items():
    native(op, kernel)
