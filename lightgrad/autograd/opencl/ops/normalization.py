"""OpenCL kernels of normalisation."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.array import Array, record, reshape
from lightgrad.autograd.opencl.elementwise import ADD, MUL, Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.statistics import DIVIDED, average, spread
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import normalization as rules
from lightgrad.autograd.ops.reduction import count
from lightgrad.autograd.shapes import Shape, reduced_axes

_STANDARD = Op("standard", lambda t, a, mean, var, eps: f"(({a} - {mean}) / sqrt({var} + {eps}))")
_SCALED = Op("scaled", lambda t, a, var, eps: f"({a} / sqrt({var} + {eps}))")
#: less what the statistics contribute: the means of g and of g x
_CENTRED = Op(
    "centred", lambda t, g, x, total, along, n: f"({g} - ({x} * {along} + {total}) / {n})"
)


@kernel_of(rules.normalization_statistics)
def normalization_statistics(ctx: Any, t: OpenCLTensor, dims: Any) -> Any:
    a = t._data
    mean = average(a, dims, True)
    var = spread(a, mean, dims, True, count(a.shape, dims), DIVIDED)
    return type(t)(mean), type(t)(var)


@kernel_of(rules.normalized)
def normalized(
    ctx: Any, t: OpenCLTensor, weight: Any, bias: Any, mean: Any, var: Any, dims: Any, eps: float
) -> OpenCLTensor:
    x = record(_STANDARD, (t._data, mean._data, var._data, eps), t.dtype)
    if weight is not None:
        x = record(MUL, (x, weight._data), x.dtype)
    if bias is not None:
        x = record(ADD, (x, bias._data), x.dtype)
    return type(t)(x)


def _sum_to(a: Array, shape: Shape) -> Array:
    """The sum of ``a`` in a smaller shape that broadcasts to it."""
    axes = reduced_axes(a.shape, shape)
    return reshape(reduce("sum", a, axes, False, a.dtype) if axes else a, shape)


# Long: three gradients out of the same few sums.
@kernel_of(rules.normalized_backward)
def normalized_backward(
    ctx: Any,
    grad: OpenCLTensor,
    t: OpenCLTensor,
    weight: Any,
    bias: Any,
    mean: Any,
    var: Any,
    dims: Any,
    eps: float,
) -> Any:
    g, a, dtype = grad._data.ready(), t._data, t.dtype
    m, v, w = mean._data, var._data, None if weight is None else weight._data

    # Recorded anew in each kernel, which costs less than to write and read them.
    def standard() -> Array:
        return record(_STANDARD, (a, m, v, eps), dtype)

    def scaled() -> Array:
        return g if w is None else record(MUL, (g, w), dtype)

    def summed(x: Array) -> Array:
        return reduce("sum", x, dims, True, dtype)

    results, factor = [], None
    if w is not None and w.shape == m.shape[1:] and 0 in dims:
        # Batch normalisation: the sums behind dw and db are those behind da.
        total, along = summed(g), summed(record(MUL, (g, standard()), dtype))
        x = record(_CENTRED, (g, standard(), total, along, count(a.shape, dims)), dtype)
        results, factor = [reshape(along, w.shape)], w
    else:
        total = summed(scaled())
        along = summed(record(MUL, (scaled(), standard()), dtype))
        x = record(_CENTRED, (scaled(), standard(), total, along, count(a.shape, dims)), dtype)
        if w is not None:
            results = [_sum_to(record(MUL, (g, standard()), dtype), w.shape)]
    if bias is not None:
        same = factor is not None and count(bias, None) == total.size
        results.append(reshape(total, bias) if same else _sum_to(g, bias))
    x = record(_SCALED, (x, v, eps), dtype)
    x = x if factor is None else record(MUL, (x, factor), dtype)
    return tuple(type(t)(r) for r in (x, *results))
