"""The largest of windows of given number, values back at their places, and means of powers."""

from __future__ import annotations

import math

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Number, OutputSize, Sizes, Tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, int64, number
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.adaptive_pooling import sizes_of
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.ops.pooling import avg_pool1d, avg_pool2d, avg_pool3d
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def _adaptive(
    name: str, n: int, x: Tensor, output_size: OutputSize, return_indices: bool
) -> Tensor | tuple[Tensor, Tensor]:
    check_floating(name, x)
    sizes = sizes_of(name, n, x, output_size)
    spots, inner = None, x.shape[x.ndim - n :]
    if return_indices:
        spots = x._lift(range(math.prod(inner)), int64).reshape(inner).expand(x.shape)
    out = x
    for axis, m in reversed([*enumerate(sizes, x.ndim - n)]):
        if m is None or m == x.shape[axis]:
            continue
        size = x.shape[axis]
        spans = [(i * size // m, -(-(i + 1) * size // m) - 1) for i in range(m)]
        width = max(last - first for first, last in spans) + 1
        # what is shorter repeats its last element, of which the first counts
        places = x._lift([[min(a + j, b) for j in range(width)] for a, b in spans], int64)
        out, where = out.index((axis,), places).max(axis + 1)
        if spots is not None:
            windows = spots.index((axis,), places)
            spots = windows.gather(axis + 1, where.unsqueeze(axis + 1)).squeeze(axis + 1)
    out = out.clone() if out is x else out
    return out if spots is None else (out, spots.contiguous())


@op()
@owning
def adaptive_max_pool1d(
    x: Tensor, output_size: OutputSize, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest of each of ``output_size`` windows that cover the axis.

    Source: torch.nn.functional.adaptive_max_pool1d.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 3.0, 5.0]]], requires_grad=False).adaptive_max_pool1d(2)
    tensor([[[3., 5.]]])
    """
    return _adaptive("adaptive_max_pool1d", 1, x, output_size, return_indices)


@op()
@owning
def adaptive_max_pool2d(
    x: Tensor, output_size: OutputSize, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest of each of (H', W') windows that cover (H, W).

    Source: torch.nn.functional.adaptive_max_pool2d.

    >>> import lightgrad as light
    >>> light.ones(1, 2, 5, 7).adaptive_max_pool2d((1, 1)).shape
    (1, 2, 1, 1)
    """
    return _adaptive("adaptive_max_pool2d", 2, x, output_size, return_indices)


@op()
@owning
def adaptive_max_pool3d(
    x: Tensor, output_size: OutputSize, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest of each of (D', H', W') windows that cover (D, H, W).

    Source: torch.nn.functional.adaptive_max_pool3d.

    >>> import lightgrad as light
    >>> light.ones(1, 2, 4, 4, 4).adaptive_max_pool3d(2).shape
    (1, 2, 2, 2, 2)
    """
    return _adaptive("adaptive_max_pool3d", 3, x, output_size, return_indices)


# ----------------------------------------------------------------- values back at their places


def _unpool(
    name: str,
    n: int,
    x: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    output_size: Sizes | None,
) -> Tensor:
    if not isinstance(indices, AbstractTensor) or as_dtype(indices.dtype).kind != "i":
        raise DtypeError(f"{name}: indices must be an integer tensor, as max pooling returns them")
    if x.ndim not in (n + 1, n + 2) or indices.shape != x.shape:
        raise ShapeError(
            f"{name}: expected an input (N, C, {n} axes) or (C, {n} axes) and indices of its "
            f"shape, not {x.shape} and {indices.shape}"
        )
    kernel = shapes.ntuple(name, "kernel_size", kernel_size, n)
    stride = kernel if stride is None else shapes.ntuple(name, "stride", stride, n)
    padding = shapes.ntuple(name, "padding", padding, n)
    lead = x.shape[:-n]
    usual = tuple(
        (m - 1) * s - 2 * p + k
        for m, k, s, p in zip(x.shape[-n:], kernel, stride, padding, strict=True)
    )
    sizes = usual if output_size is None else shapes.size((output_size,), name)[-n:]
    near = len(sizes) == n and all(
        abs(a - b) < s for a, b, s in zip(sizes, usual, stride, strict=True)
    )
    if not near:
        raise ShapeError(f"{name}: an output_size of {sizes} is not within {stride} of {usual}")
    count = math.prod(sizes)
    places = indices.to(int64).reshape((*lead, -1))
    if places.numel() and (wrong := places._outside(0, count - 1)) is not None:
        raise ShapeError(
            f"{name}: indices from {wrong[0]} to {wrong[1]} do not fit an output of {sizes}; give "
            f"output_size, the size before pooling"
        )
    empty = x._lift(0, x.dtype).expand((*lead, count))
    return empty.scatter(len(lead), places, x.reshape((*lead, -1))).reshape((*lead, *sizes))


@op()
@owning
def max_unpool1d(
    x: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sizes | None = None,
) -> Tensor:
    """The largest back where `max_pool1d` found them, zeros elsewhere.

    Source: torch.nn.functional.max_unpool1d.

    >>> import lightgrad as light
    >>> x, places = light.tensor([[[1.0, 3.0, 2.0, 0.0]]]).max_pool1d(2, return_indices=True)
    >>> x.max_unpool1d(places, 2).tolist()
    [[[0.0, 3.0, 2.0, 0.0]]]
    """
    name = "max_unpool1d"
    return _unpool(name, 1, x, indices, kernel_size, stride, padding, output_size)


@op()
@owning
def max_unpool2d(
    x: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sizes | None = None,
) -> Tensor:
    """The largest back where `max_pool2d` found them, zeros elsewhere.

    Source: torch.nn.functional.max_unpool2d.

    >>> import lightgrad as light
    >>> x, places = light.ones(1, 1, 4, 4).max_pool2d(2, return_indices=True)
    >>> x.max_unpool2d(places, 2).shape
    (1, 1, 4, 4)
    """
    name = "max_unpool2d"
    return _unpool(name, 2, x, indices, kernel_size, stride, padding, output_size)


@op()
@owning
def max_unpool3d(
    x: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sizes | None = None,
) -> Tensor:
    """The largest back where `max_pool3d` found them, zeros elsewhere.

    Source: torch.nn.functional.max_unpool3d.

    >>> import lightgrad as light
    >>> x, places = light.ones(1, 1, 4, 4, 4).max_pool3d(2, return_indices=True)
    >>> x.max_unpool3d(places, 2).shape
    (1, 1, 4, 4, 4)
    """
    name = "max_unpool3d"
    return _unpool(name, 3, x, indices, kernel_size, stride, padding, output_size)


# ----------------------------------------------------------------- means of powers

_AVERAGE = {1: avg_pool1d, 2: avg_pool2d, 3: avg_pool3d}


def _lp_pool(
    n: int, x: Tensor, p: Number, kernel: Sizes, stride: Sizes | None, ceil_mode: bool
) -> Tensor:
    name = f"lp_pool{n}d"
    if x.dtype in HALF:
        return in_float32(_lp_pool, n, x, p, kernel, stride, ceil_mode)
    p, sizes = number(name, "norm_type", p), shapes.ntuple(name, "kernel_size", kernel, n)
    means = _AVERAGE[n](x.pow(p), sizes, stride, 0, ceil_mode)
    # as in torch: a negative mean, of an odd power, keeps its sign and has no root
    return means.sign().mul(means.abs().relu()).mul(math.prod(sizes)).pow(1 / p)


@op()
def lp_pool1d(
    x: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """:math:`(\\sum x^p)^{1/p}` of each window over (N, C, L).

    Source: torch.nn.functional.lp_pool1d.

    >>> import lightgrad as light
    >>> light.tensor([[[3.0, 4.0]]], requires_grad=False).lp_pool1d(2, 2)
    tensor([[[5.]]])
    """
    return _lp_pool(1, x, norm_type, kernel_size, stride, ceil_mode)


@op()
def lp_pool2d(
    x: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """:math:`(\\sum x^p)^{1/p}` of each window over (N, C, H, W).

    Source: torch.nn.functional.lp_pool2d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 4, 4, requires_grad=False).lp_pool2d(2, 4)
    tensor([[[[4.]]]])
    """
    return _lp_pool(2, x, norm_type, kernel_size, stride, ceil_mode)


@op()
def lp_pool3d(
    x: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """:math:`(\\sum x^p)^{1/p}` of each window over (N, C, D, H, W).

    Source: torch.nn.functional.lp_pool3d.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 4, 4, 4, requires_grad=False).lp_pool3d(1, 4).item()
    64.0
    """
    return _lp_pool(3, x, norm_type, kernel_size, stride, ceil_mode)
