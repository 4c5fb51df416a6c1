"""Every operation as a function, for type checkers.

Written by docs/make_stubs.py; do not edit.
"""

import builtins
from collections.abc import Callable, Sequence
from typing import Any, overload

from lightgrad.autograd.contract import (
    ArrayLike,
    Axes,
    DTypeLike,
    Number,
    Operand,
    OutputSize,
    Sizes,
)
from lightgrad.autograd.generator import Generator
from lightgrad.autograd.ops.decomposition import QR, SVD, Eigh, LinalgSVD
from lightgrad.autograd.ops.lu import LU, LUFactor
from lightgrad.autograd.ops.reduction import ValuesIndices
from lightgrad.autograd.ops.solving import LeastSquares, SignLog, TriangularSolution
from lightgrad.autograd.ops.statistics import Extrema
from lightgrad.autograd.tensor import AbstractTensor

METHODS: frozenset[builtins.str]

def names() -> list[builtins.str]: ...
def function(op: builtins.str) -> Callable[..., Any] | None: ...
def strict(op: builtins.str) -> Callable[..., Any] | None: ...
def abs(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def absolute(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def acos(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def acosh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def adaptive_avg_pool1d(input: Operand, output_size: OutputSize) -> AbstractTensor: ...
def adaptive_avg_pool2d(input: Operand, output_size: OutputSize) -> AbstractTensor: ...
def adaptive_avg_pool3d(input: Operand, output_size: OutputSize) -> AbstractTensor: ...
@overload
def adaptive_max_pool1d(input: Operand, output_size: OutputSize) -> AbstractTensor: ...
@overload
def adaptive_max_pool1d(
    input: Operand, output_size: OutputSize, *, return_indices: builtins.bool
) -> tuple[AbstractTensor, AbstractTensor]: ...
@overload
def adaptive_max_pool2d(input: Operand, output_size: OutputSize) -> AbstractTensor: ...
@overload
def adaptive_max_pool2d(
    input: Operand, output_size: OutputSize, *, return_indices: builtins.bool
) -> tuple[AbstractTensor, AbstractTensor]: ...
@overload
def adaptive_max_pool3d(input: Operand, output_size: OutputSize) -> AbstractTensor: ...
@overload
def adaptive_max_pool3d(
    input: Operand, output_size: OutputSize, *, return_indices: builtins.bool
) -> tuple[AbstractTensor, AbstractTensor]: ...
def add(
    input: Operand, other: Operand, *, alpha: builtins.float = ..., out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def addbmm(
    input: Operand,
    batch1: AbstractTensor,
    batch2: AbstractTensor,
    *,
    beta: builtins.float = ...,
    alpha: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def addcdiv(
    input: Operand,
    *tensors: AbstractTensor,
    value: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def addcmul(
    input: Operand,
    *tensors: AbstractTensor,
    value: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def addmm(
    input: Operand,
    mat1: AbstractTensor,
    mat2: AbstractTensor,
    *,
    beta: builtins.float = ...,
    alpha: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def addmv(
    input: Operand,
    mat: AbstractTensor,
    vec: AbstractTensor,
    *,
    beta: builtins.float = ...,
    alpha: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def addr(
    input: Operand,
    vec1: AbstractTensor,
    vec2: AbstractTensor,
    *,
    beta: builtins.float = ...,
    alpha: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def adjoint(input: Operand) -> AbstractTensor: ...
def affine_grid(
    input: Operand, size: Sizes, align_corners: builtins.bool | None = ...
) -> AbstractTensor: ...
def all(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def allclose(
    input: Operand,
    other: Operand,
    rtol: builtins.float = ...,
    atol: builtins.float = ...,
    equal_nan: builtins.bool = ...,
) -> builtins.bool: ...
def alpha_dropout(
    input: Operand,
    p: builtins.float = ...,
    training: builtins.bool = ...,
    inplace: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def amax(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def amin(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def aminmax(
    input: Operand,
    *,
    dim: builtins.int | None = ...,
    keepdim: builtins.bool = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> Extrema: ...
def any(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def arccos(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def arccosh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def arcsin(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def arcsinh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def arctan(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def arctan2(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def arctanh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def argmax(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def argmin(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def argsort(
    input: Operand,
    dim: builtins.int = ...,
    descending: builtins.bool = ...,
    stable: builtins.bool = ...,
    *,
    axis: builtins.int | None = ...,
) -> AbstractTensor: ...
def argwhere(input: Operand) -> AbstractTensor: ...
def as_strided(
    input: Operand, size: Sizes, stride: Sizes, storage_offset: builtins.int | None = ...
) -> AbstractTensor: ...
def asin(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def asinh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def atan(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def atan2(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def atanh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def atleast_1d(*tensors: AbstractTensor) -> Any: ...
def atleast_2d(*tensors: AbstractTensor) -> Any: ...
def atleast_3d(*tensors: AbstractTensor) -> Any: ...
def avg_pool1d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    ceil_mode: builtins.bool = ...,
    count_include_pad: builtins.bool = ...,
) -> AbstractTensor: ...
def avg_pool2d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    ceil_mode: builtins.bool = ...,
    count_include_pad: builtins.bool = ...,
    divisor_override: builtins.int | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def avg_pool3d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    ceil_mode: builtins.bool = ...,
    count_include_pad: builtins.bool = ...,
    divisor_override: builtins.int | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def baddbmm(
    input: Operand,
    batch1: AbstractTensor,
    batch2: AbstractTensor,
    *,
    beta: builtins.float = ...,
    alpha: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def batch_norm(
    input: Operand,
    running_mean: AbstractTensor | None,
    running_var: AbstractTensor | None,
    weight: AbstractTensor | None = ...,
    bias: AbstractTensor | None = ...,
    training: builtins.bool = ...,
    momentum: builtins.float = ...,
    eps: builtins.float = ...,
) -> AbstractTensor: ...
def bernoulli(input: Operand, generator: Generator | None = ...) -> AbstractTensor: ...
def bilinear(
    input: Operand,
    input2: AbstractTensor,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def binary_cross_entropy(
    input: Operand,
    target: AbstractTensor,
    weight: AbstractTensor | None = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def binary_cross_entropy_with_logits(
    input: Operand,
    target: AbstractTensor,
    weight: AbstractTensor | None = ...,
    reduction: builtins.str = ...,
    pos_weight: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def bincount(
    input: Operand, weights: AbstractTensor | None = ..., minlength: builtins.int = ...
) -> AbstractTensor: ...
def binomial(
    input: Operand, prob: AbstractTensor, generator: Generator | None = ...
) -> AbstractTensor: ...
def bitwise_and(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def bitwise_left_shift(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def bitwise_not(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def bitwise_or(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def bitwise_right_shift(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def bitwise_xor(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def block_diag(*tensors: AbstractTensor) -> AbstractTensor: ...
def bmm(
    input: Operand, mat2: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def broadcast_tensors(*tensors: AbstractTensor) -> tuple[AbstractTensor, ...]: ...
def broadcast_to(input: Operand, *sizes: Sizes, size: Sizes | None = ...) -> AbstractTensor: ...
def bucketize(
    input: Operand,
    boundaries: AbstractTensor,
    *,
    out_int32: builtins.bool = ...,
    right: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def cartesian_prod(*tensors: AbstractTensor) -> AbstractTensor: ...
def cat(
    tensors: Sequence[AbstractTensor],
    dim: builtins.int = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def cdist(
    input: Operand, x2: AbstractTensor, p: builtins.float = ..., compute_mode: builtins.str = ...
) -> AbstractTensor: ...
def ceil(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def celu(input: Operand, alpha: builtins.float = ...) -> AbstractTensor: ...
def chain_matmul(*tensors: AbstractTensor) -> AbstractTensor: ...
def channel_shuffle(input: Operand, groups: builtins.int) -> AbstractTensor: ...
def cholesky(
    input: Operand, upper: builtins.bool = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def cholesky_inverse(
    input: Operand, upper: builtins.bool = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def cholesky_solve(
    input: Operand,
    L: AbstractTensor,
    upper: builtins.bool = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def chunk(
    input: Operand, chunks: builtins.int, dim: builtins.int = ...
) -> tuple[AbstractTensor, ...]: ...
def clamp(
    input: Operand,
    min: Operand | None = ...,
    max: Operand | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def clamp_max(
    input: Operand, max: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def clamp_min(
    input: Operand, min: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def clip(
    input: Operand,
    min: Operand | None = ...,
    max: Operand | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def clone(input: Operand) -> AbstractTensor: ...
def col2im(
    input: Operand,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = ...,
    padding: Sizes = ...,
    stride: Sizes = ...,
) -> AbstractTensor: ...
def column_stack(
    tensors: Sequence[AbstractTensor], *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def combinations(
    input: Operand, r: builtins.int = ..., with_replacement: builtins.bool = ...
) -> AbstractTensor: ...
def concat(
    tensors: Sequence[AbstractTensor],
    dim: builtins.int = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def concatenate(
    tensors: Sequence[AbstractTensor],
    dim: builtins.int = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def conj(input: Operand) -> AbstractTensor: ...
def conj_physical(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def conv1d(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    stride: Sizes = ...,
    padding: Sizes | builtins.str = ...,
    dilation: Sizes = ...,
    groups: builtins.int = ...,
) -> AbstractTensor: ...
def conv2d(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    stride: Sizes = ...,
    padding: Sizes | builtins.str = ...,
    dilation: Sizes = ...,
    groups: builtins.int = ...,
) -> AbstractTensor: ...
def conv3d(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    stride: Sizes = ...,
    padding: Sizes | builtins.str = ...,
    dilation: Sizes = ...,
    groups: builtins.int = ...,
) -> AbstractTensor: ...
def conv_transpose1d(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    stride: Sizes = ...,
    padding: Sizes | builtins.str = ...,
    output_padding: Sizes = ...,
    groups: builtins.int = ...,
    dilation: Sizes = ...,
) -> AbstractTensor: ...
def conv_transpose2d(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    stride: Sizes = ...,
    padding: Sizes | builtins.str = ...,
    output_padding: Sizes = ...,
    groups: builtins.int = ...,
    dilation: Sizes = ...,
) -> AbstractTensor: ...
def conv_transpose3d(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    stride: Sizes = ...,
    padding: Sizes | builtins.str = ...,
    output_padding: Sizes = ...,
    groups: builtins.int = ...,
    dilation: Sizes = ...,
) -> AbstractTensor: ...
def copysign(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def corrcoef(input: Operand) -> AbstractTensor: ...
def cos(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def cosh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def cosine_embedding_loss(
    input: Operand,
    input2: AbstractTensor,
    target: AbstractTensor,
    margin: builtins.float = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def cosine_similarity(
    input: Operand, x2: AbstractTensor, dim: builtins.int = ..., eps: builtins.float = ...
) -> AbstractTensor: ...
def count_nonzero(
    input: Operand, dim: Axes | None = ..., *, axis: Axes | None = ...
) -> AbstractTensor: ...
def cov(
    input: Operand,
    *,
    correction: builtins.int = ...,
    fweights: AbstractTensor | None = ...,
    aweights: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def cross(
    input: Operand,
    other: AbstractTensor,
    dim: builtins.int | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def cross_entropy(
    input: Operand,
    target: AbstractTensor,
    weight: AbstractTensor | None = ...,
    ignore_index: builtins.int = ...,
    reduction: builtins.str = ...,
    label_smoothing: builtins.float = ...,
) -> AbstractTensor: ...
def ctc_loss(
    input: Operand,
    targets: AbstractTensor,
    input_lengths: AbstractTensor | Sequence[builtins.int] | builtins.int,
    target_lengths: AbstractTensor | Sequence[builtins.int] | builtins.int,
    blank: builtins.int = ...,
    reduction: builtins.str = ...,
    zero_infinity: builtins.bool = ...,
) -> AbstractTensor: ...
def cummax(
    input: Operand,
    dim: builtins.int | None = ...,
    *,
    axis: builtins.int | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def cummin(
    input: Operand,
    dim: builtins.int | None = ...,
    *,
    axis: builtins.int | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def cumprod(
    input: Operand,
    dim: builtins.int | None = ...,
    *,
    dtype: DTypeLike | None = ...,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def cumsum(
    input: Operand,
    dim: builtins.int | None = ...,
    *,
    dtype: DTypeLike | None = ...,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def cumulative_trapezoid(
    input: Operand,
    x: AbstractTensor | None = ...,
    *,
    dx: builtins.float | None = ...,
    dim: builtins.int = ...,
) -> AbstractTensor: ...
def deg2rad(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def det(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def diag(
    input: Operand, diagonal: builtins.int = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def diag_embed(
    input: Operand, offset: builtins.int = ..., dim1: builtins.int = ..., dim2: builtins.int = ...
) -> AbstractTensor: ...
def diagflat(input: Operand, offset: builtins.int = ...) -> AbstractTensor: ...
def diagonal(
    input: Operand, offset: builtins.int = ..., dim1: builtins.int = ..., dim2: builtins.int = ...
) -> AbstractTensor: ...
def diagonal_scatter(
    input: Operand,
    src: AbstractTensor,
    offset: builtins.int = ...,
    dim1: builtins.int = ...,
    dim2: builtins.int = ...,
) -> AbstractTensor: ...
def diff(
    input: Operand,
    n: builtins.int = ...,
    dim: builtins.int = ...,
    prepend: AbstractTensor | None = ...,
    append: AbstractTensor | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def digamma(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def dist(input: Operand, other: AbstractTensor, p: builtins.float = ...) -> AbstractTensor: ...
def div(
    input: Operand,
    other: Operand,
    *,
    rounding_mode: builtins.str | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def divide(
    input: Operand,
    other: Operand,
    *,
    rounding_mode: builtins.str | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def dot(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def dropout(
    input: Operand,
    p: builtins.float = ...,
    training: builtins.bool = ...,
    inplace: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def dropout1d(
    input: Operand,
    p: builtins.float = ...,
    training: builtins.bool = ...,
    inplace: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def dropout2d(
    input: Operand,
    p: builtins.float = ...,
    training: builtins.bool = ...,
    inplace: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def dropout3d(
    input: Operand,
    p: builtins.float = ...,
    training: builtins.bool = ...,
    inplace: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def dsplit(
    input: Operand, indices_or_sections: ArrayLike | builtins.int
) -> tuple[AbstractTensor, ...]: ...
def dstack(
    tensors: Sequence[AbstractTensor], *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def einsum(
    equation: builtins.str, *operands: AbstractTensor | Sequence[AbstractTensor]
) -> AbstractTensor: ...
def elu(input: Operand, alpha: builtins.float = ...) -> AbstractTensor: ...
def eq(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def equal(input: Operand, other: Operand) -> builtins.bool: ...
def erf(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def erfc(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def erfinv(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def exp(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def exp2(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def expm1(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def feature_alpha_dropout(
    input: Operand,
    p: builtins.float = ...,
    training: builtins.bool = ...,
    inplace: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def fill(input: Operand, value: Operand) -> AbstractTensor: ...
def fix(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def flatten(
    input: Operand, start_dim: builtins.int = ..., end_dim: builtins.int = ...
) -> AbstractTensor: ...
def flip(input: Operand, *axes: Axes, dims: Axes | None = ...) -> AbstractTensor: ...
def fliplr(input: Operand) -> AbstractTensor: ...
def flipud(input: Operand) -> AbstractTensor: ...
def float_power(
    input: Operand, exponent: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def floor(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def floor_divide(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def fmax(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def fmin(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def fmod(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def frac(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def gather(
    input: Operand, dim: builtins.int, index: ArrayLike, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def gaussian_nll_loss(
    input: Operand,
    target: AbstractTensor,
    var: AbstractTensor | builtins.float,
    full: builtins.bool = ...,
    eps: builtins.float = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def gcd(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def ge(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def gelu(
    input: Operand, approximate: builtins.str = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def ger(input: Operand, vec2: AbstractTensor) -> AbstractTensor: ...
def glu(input: Operand, dim: builtins.int = ...) -> AbstractTensor: ...
def gradient(
    input: Operand,
    *,
    spacing: Number | Sequence[Number | AbstractTensor] | AbstractTensor | None = ...,
    dim: Axes | None = ...,
    edge_order: builtins.int = ...,
) -> tuple[AbstractTensor, ...]: ...
def greater(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def greater_equal(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def grid_sample(
    input: Operand,
    grid: AbstractTensor,
    mode: builtins.str = ...,
    padding_mode: builtins.str = ...,
    align_corners: builtins.bool | None = ...,
) -> AbstractTensor: ...
def group_norm(
    input: Operand,
    num_groups: builtins.int,
    weight: AbstractTensor | None = ...,
    bias: AbstractTensor | None = ...,
    eps: builtins.float = ...,
) -> AbstractTensor: ...
def gru_cell(
    input: Operand,
    hx: AbstractTensor,
    w_ih: AbstractTensor,
    w_hh: AbstractTensor,
    b_ih: AbstractTensor | None = ...,
    b_hh: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def gt(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def gumbel_softmax(
    input: Operand,
    tau: builtins.float = ...,
    hard: builtins.bool = ...,
    eps: builtins.float = ...,
    dim: builtins.int = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def hardshrink(
    input: Operand, lambd: builtins.float = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def hardsigmoid(input: Operand) -> AbstractTensor: ...
def hardswish(input: Operand) -> AbstractTensor: ...
def hardtanh(
    input: Operand, min_val: builtins.float = ..., max_val: builtins.float = ...
) -> AbstractTensor: ...
def heaviside(
    input: Operand, values: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def hinge_embedding_loss(
    input: Operand,
    target: AbstractTensor,
    margin: builtins.float = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def histc(
    input: Operand,
    bins: builtins.int = ...,
    min: builtins.float = ...,
    max: builtins.float = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def hsplit(
    input: Operand, indices_or_sections: ArrayLike | builtins.int
) -> tuple[AbstractTensor, ...]: ...
def hstack(
    tensors: Sequence[AbstractTensor], *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def huber_loss(
    input: Operand,
    target: AbstractTensor,
    reduction: builtins.str = ...,
    delta: builtins.float = ...,
    weight: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def hypot(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def im2col(
    input: Operand,
    kernel_size: Sizes,
    dilation: Sizes = ...,
    padding: Sizes = ...,
    stride: Sizes = ...,
) -> AbstractTensor: ...
def index_add(
    input: Operand,
    dim: builtins.int,
    index: ArrayLike,
    source: AbstractTensor,
    *,
    alpha: builtins.float = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def index_copy(
    input: Operand,
    dim: builtins.int,
    index: ArrayLike,
    source: AbstractTensor,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def index_fill(
    input: Operand, dim: builtins.int, index: ArrayLike, value: Operand
) -> AbstractTensor: ...
def index_select(
    input: Operand, dim: builtins.int, index: ArrayLike, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def inner(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def instance_norm(
    input: Operand,
    running_mean: AbstractTensor | None = ...,
    running_var: AbstractTensor | None = ...,
    weight: AbstractTensor | None = ...,
    bias: AbstractTensor | None = ...,
    use_input_stats: builtins.bool = ...,
    momentum: builtins.float = ...,
    eps: builtins.float = ...,
) -> AbstractTensor: ...
def interpolate(
    input: Operand,
    size: Sizes | None = ...,
    scale_factor: Number | Sequence[Number] | None = ...,
    mode: builtins.str = ...,
    align_corners: builtins.bool | None = ...,
    recompute_scale_factor: builtins.bool | None = ...,
    antialias: builtins.bool = ...,
) -> AbstractTensor: ...
def inverse(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def is_complex(input: Operand) -> builtins.bool: ...
def is_floating_point(input: Operand) -> builtins.bool: ...
def is_nonzero(input: Operand) -> builtins.bool: ...
def is_same_size(input: Operand, other: AbstractTensor) -> builtins.bool: ...
def is_signed(input: Operand) -> builtins.bool: ...
def isclose(
    input: Operand,
    other: Operand,
    rtol: builtins.float = ...,
    atol: builtins.float = ...,
    equal_nan: builtins.bool = ...,
) -> AbstractTensor: ...
def isfinite(input: Operand) -> AbstractTensor: ...
def isin(
    input: Operand,
    test_elements: Operand,
    *,
    assume_unique: builtins.bool = ...,
    invert: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def isinf(input: Operand) -> AbstractTensor: ...
def isnan(input: Operand) -> AbstractTensor: ...
def isneginf(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def isposinf(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def isreal(input: Operand) -> AbstractTensor: ...
def kl_div(
    input: Operand,
    target: AbstractTensor,
    reduction: builtins.str = ...,
    log_target: builtins.bool = ...,
) -> AbstractTensor: ...
def kron(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def kthvalue(
    input: Operand,
    k: builtins.int,
    dim: builtins.int = ...,
    keepdim: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def l1_loss(
    input: Operand,
    target: AbstractTensor,
    reduction: builtins.str = ...,
    weight: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def layer_norm(
    input: Operand,
    normalized_shape: Sizes,
    weight: AbstractTensor | None = ...,
    bias: AbstractTensor | None = ...,
    eps: builtins.float = ...,
) -> AbstractTensor: ...
def lcm(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def ldexp(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def le(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def leaky_relu(input: Operand, negative_slope: builtins.float = ...) -> AbstractTensor: ...
def lerp(
    input: Operand, end: AbstractTensor, weight: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def less(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def less_equal(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def lgamma(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def linalg_cond(
    input: Operand, p: Number | builtins.str | None = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def linalg_cross(
    input: Operand,
    other: AbstractTensor,
    *,
    dim: builtins.int = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_eigh(
    input: Operand, UPLO: builtins.str = ..., *, out: Sequence[AbstractTensor] | None = ...
) -> Eigh: ...
def linalg_eigvalsh(
    input: Operand, UPLO: builtins.str = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def linalg_lstsq(
    input: Operand,
    B: AbstractTensor,
    rcond: builtins.float | None = ...,
    *,
    driver: builtins.str | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> LeastSquares: ...
def linalg_lu(
    input: Operand, *, pivot: builtins.bool = ..., out: Sequence[AbstractTensor] | None = ...
) -> LU: ...
def linalg_lu_factor(
    input: Operand, *, pivot: builtins.bool = ..., out: Sequence[AbstractTensor] | None = ...
) -> LUFactor: ...
def linalg_lu_solve(
    input: Operand,
    pivots: AbstractTensor,
    B: AbstractTensor,
    *,
    left: builtins.bool = ...,
    adjoint: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_matrix_norm(
    input: Operand,
    ord: Number | builtins.str = ...,
    dim: Axes = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_matrix_rank(
    input: Operand,
    tol: builtins.float | None = ...,
    *,
    atol: builtins.float | None = ...,
    rtol: builtins.float | None = ...,
    hermitian: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_multi_dot(
    tensors: Sequence[AbstractTensor], *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def linalg_norm(
    input: Operand,
    ord: Number | builtins.str | None = ...,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_pinv(
    input: Operand,
    rcond: builtins.float | None = ...,
    *,
    atol: builtins.float | None = ...,
    rtol: builtins.float | None = ...,
    hermitian: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_qr(
    input: Operand, mode: builtins.str = ..., *, out: Sequence[AbstractTensor] | None = ...
) -> QR: ...
def linalg_solve(
    input: Operand,
    B: AbstractTensor,
    *,
    left: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_solve_triangular(
    input: Operand,
    B: AbstractTensor,
    *,
    upper: builtins.bool,
    left: builtins.bool = ...,
    unitriangular: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linalg_svd(
    input: Operand,
    full_matrices: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> LinalgSVD: ...
def linalg_svdvals(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def linalg_vecdot(
    input: Operand, y: AbstractTensor, *, dim: builtins.int = ..., out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def linalg_vector_norm(
    input: Operand,
    ord: Number = ...,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def linear(
    input: Operand,
    weight: AbstractTensor,
    bias: AbstractTensor | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def local_response_norm(
    input: Operand,
    size: builtins.int,
    alpha: builtins.float = ...,
    beta: builtins.float = ...,
    k: builtins.float = ...,
) -> AbstractTensor: ...
def log(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def log10(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def log1p(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def log2(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def log_softmax(
    input: Operand,
    dim: builtins.int | None = ...,
    dtype: DTypeLike | None = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def logaddexp(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def logaddexp2(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def logcumsumexp(
    input: Operand,
    dim: builtins.int | None = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def logdet(input: Operand) -> AbstractTensor: ...
def logical_and(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def logical_not(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def logical_or(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def logical_xor(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def logit(
    input: Operand, eps: builtins.float | None = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def logsigmoid(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def logsumexp(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def lp_pool1d(
    input: Operand,
    norm_type: builtins.float,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    ceil_mode: builtins.bool = ...,
) -> AbstractTensor: ...
def lp_pool2d(
    input: Operand,
    norm_type: builtins.float,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    ceil_mode: builtins.bool = ...,
) -> AbstractTensor: ...
def lp_pool3d(
    input: Operand,
    norm_type: builtins.float,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    ceil_mode: builtins.bool = ...,
) -> AbstractTensor: ...
def lstm_cell(
    input: Operand,
    hx: tuple[AbstractTensor, AbstractTensor],
    w_ih: AbstractTensor,
    w_hh: AbstractTensor,
    b_ih: AbstractTensor | None = ...,
    b_hh: AbstractTensor | None = ...,
) -> tuple[AbstractTensor, AbstractTensor]: ...
def lt(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def lu(
    input: Operand,
    pivot: builtins.bool = ...,
    get_infos: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> tuple[AbstractTensor, ...]: ...
def lu_solve(
    input: Operand,
    LU_data: AbstractTensor,
    LU_pivots: AbstractTensor,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def lu_unpack(
    input: Operand,
    pivots: AbstractTensor,
    unpack_data: builtins.bool = ...,
    unpack_pivots: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> LU: ...
def margin_ranking_loss(
    input: Operand,
    input2: AbstractTensor,
    target: AbstractTensor,
    margin: builtins.float = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def masked_fill(input: Operand, mask: ArrayLike, value: Operand) -> AbstractTensor: ...
def masked_scatter(input: Operand, mask: ArrayLike, source: AbstractTensor) -> AbstractTensor: ...
def masked_select(
    input: Operand, mask: ArrayLike, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def matmul(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def matrix_exp(input: Operand) -> AbstractTensor: ...
def matrix_power(
    input: Operand, n: builtins.int, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
@overload
def max(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
@overload
def max(
    input: Operand, dim: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
@overload
def max(
    input: Operand,
    dim: builtins.int,
    keepdim: builtins.bool = ...,
    *,
    keepdims: builtins.bool | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
@overload
def max(
    input: Operand,
    *,
    axis: builtins.int,
    keepdim: builtins.bool = ...,
    keepdims: builtins.bool | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def max_pool(
    input: Operand, kernel_size: Sizes = ..., stride: Sizes | None = ..., padding: Sizes = ...
) -> AbstractTensor: ...
@overload
def max_pool1d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    dilation: Sizes = ...,
    ceil_mode: builtins.bool = ...,
) -> AbstractTensor: ...
@overload
def max_pool1d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    dilation: Sizes = ...,
    ceil_mode: builtins.bool = ...,
    *,
    return_indices: builtins.bool,
) -> tuple[AbstractTensor, AbstractTensor]: ...
@overload
def max_pool2d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    dilation: Sizes = ...,
    ceil_mode: builtins.bool = ...,
) -> AbstractTensor: ...
@overload
def max_pool2d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    dilation: Sizes = ...,
    ceil_mode: builtins.bool = ...,
    *,
    return_indices: builtins.bool,
) -> tuple[AbstractTensor, AbstractTensor]: ...
@overload
def max_pool3d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    dilation: Sizes = ...,
    ceil_mode: builtins.bool = ...,
) -> AbstractTensor: ...
@overload
def max_pool3d(
    input: Operand,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    dilation: Sizes = ...,
    ceil_mode: builtins.bool = ...,
    *,
    return_indices: builtins.bool,
) -> tuple[AbstractTensor, AbstractTensor]: ...
def max_unpool1d(
    input: Operand,
    indices: AbstractTensor,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    output_size: Sizes | None = ...,
) -> AbstractTensor: ...
def max_unpool2d(
    input: Operand,
    indices: AbstractTensor,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    output_size: Sizes | None = ...,
) -> AbstractTensor: ...
def max_unpool3d(
    input: Operand,
    indices: AbstractTensor,
    kernel_size: Sizes,
    stride: Sizes | None = ...,
    padding: Sizes = ...,
    output_size: Sizes | None = ...,
) -> AbstractTensor: ...
def maximum(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def mean(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
@overload
def median(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
@overload
def median(
    input: Operand,
    dim: builtins.int,
    keepdim: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def meshgrid(
    *tensors: AbstractTensor, indexing: builtins.str | None = ...
) -> tuple[AbstractTensor, ...]: ...
@overload
def min(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
@overload
def min(
    input: Operand, dim: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
@overload
def min(
    input: Operand,
    dim: builtins.int,
    keepdim: builtins.bool = ...,
    *,
    keepdims: builtins.bool | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
@overload
def min(
    input: Operand,
    *,
    axis: builtins.int,
    keepdim: builtins.bool = ...,
    keepdims: builtins.bool | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def minimum(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def mish(input: Operand) -> AbstractTensor: ...
def mm(
    input: Operand, mat2: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def mode(
    input: Operand,
    dim: builtins.int = ...,
    keepdim: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def moveaxis(input: Operand, source: Axes, destination: Axes) -> AbstractTensor: ...
def movedim(input: Operand, source: Axes, destination: Axes) -> AbstractTensor: ...
def mse_loss(
    input: Operand,
    target: AbstractTensor,
    reduction: builtins.str = ...,
    weight: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def msort(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def mul(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def multi_margin_loss(
    input: Operand,
    target: AbstractTensor,
    p: builtins.int = ...,
    margin: builtins.float = ...,
    weight: AbstractTensor | None = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def multilabel_margin_loss(
    input: Operand, target: AbstractTensor, reduction: builtins.str = ...
) -> AbstractTensor: ...
def multilabel_soft_margin_loss(
    input: Operand,
    target: AbstractTensor,
    weight: AbstractTensor | None = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def multinomial(
    input: Operand,
    num_samples: builtins.int,
    replacement: builtins.bool = ...,
    *,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def multiply(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def mv(
    input: Operand, vec: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def mvlgamma(
    input: Operand, p: builtins.int, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def nan_to_num(
    input: Operand,
    nan: Number | None = ...,
    posinf: Number | None = ...,
    neginf: Number | None = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def nanmean(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
@overload
def nanmedian(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
@overload
def nanmedian(
    input: Operand,
    dim: builtins.int,
    keepdim: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def nanquantile(
    input: Operand,
    q: AbstractTensor | builtins.float,
    dim: builtins.int | None = ...,
    keepdim: builtins.bool = ...,
    *,
    interpolation: builtins.str = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def nansum(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def narrow(
    input: Operand, dim: builtins.int, start: builtins.int, length: builtins.int
) -> AbstractTensor: ...
def ne(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def neg(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def negative(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def nextafter(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def nll_loss(
    input: Operand,
    target: AbstractTensor,
    weight: AbstractTensor | None = ...,
    ignore_index: builtins.int = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def nonzero(
    input: Operand, as_tuple: builtins.bool = ..., *, out: AbstractTensor | None = ...
) -> Any: ...
def norm(
    input: Operand,
    p: Number | builtins.str = ...,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    dtype: DTypeLike | None = ...,
    *,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def normalize(
    input: Operand,
    p: builtins.float = ...,
    dim: Axes = ...,
    eps: builtins.float = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def not_equal(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def one_hot(input: Operand, num_classes: builtins.int = ...) -> AbstractTensor: ...
def outer(
    input: Operand, vec2: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def pad(
    input: Operand, pad: Sizes, mode: builtins.str = ..., value: Number | None = ...
) -> AbstractTensor: ...
def pairwise_distance(
    input: Operand,
    x2: AbstractTensor,
    p: builtins.float = ...,
    eps: builtins.float = ...,
    keepdim: builtins.bool = ...,
) -> AbstractTensor: ...
def pdist(input: Operand, p: builtins.float = ...) -> AbstractTensor: ...
def permute(input: Operand, *axes: Axes, dims: Axes | None = ...) -> AbstractTensor: ...
def pinverse(input: Operand, rcond: builtins.float = ...) -> AbstractTensor: ...
def pixel_shuffle(input: Operand, upscale_factor: builtins.int) -> AbstractTensor: ...
def pixel_unshuffle(input: Operand, downscale_factor: builtins.int) -> AbstractTensor: ...
def poisson(input: Operand, generator: Generator | None = ...) -> AbstractTensor: ...
def poisson_nll_loss(
    input: Operand,
    target: AbstractTensor,
    log_input: builtins.bool = ...,
    full: builtins.bool = ...,
    eps: builtins.float = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def polygamma(
    input: Operand, n: builtins.int, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def positive(input: Operand) -> AbstractTensor: ...
def pow(input: Operand, other: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def prelu(input: Operand, weight: AbstractTensor) -> AbstractTensor: ...
def prod(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def qr(
    input: Operand, some: builtins.bool = ..., *, out: Sequence[AbstractTensor] | None = ...
) -> QR: ...
def quantile(
    input: Operand,
    q: AbstractTensor | builtins.float,
    dim: builtins.int | None = ...,
    keepdim: builtins.bool = ...,
    *,
    interpolation: builtins.str = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def rad2deg(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def ravel(input: Operand) -> AbstractTensor: ...
def reciprocal(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def relu(input: Operand) -> AbstractTensor: ...
def relu6(input: Operand) -> AbstractTensor: ...
def remainder(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def renorm(
    input: Operand,
    p: builtins.float,
    dim: builtins.int,
    maxnorm: builtins.float,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def repeat_interleave(
    input: Operand,
    repeats: ArrayLike | builtins.int,
    dim: builtins.int | None = ...,
    *,
    output_size: builtins.int | None = ...,
) -> AbstractTensor: ...
def reshape(input: Operand, *sizes: Sizes, shape: Sizes | None = ...) -> AbstractTensor: ...
def resolve_conj(input: Operand) -> AbstractTensor: ...
def resolve_neg(input: Operand) -> AbstractTensor: ...
def rms_norm(
    input: Operand,
    normalized_shape: Sizes,
    weight: AbstractTensor | None = ...,
    eps: builtins.float | None = ...,
) -> AbstractTensor: ...
def rnn_relu_cell(
    input: Operand,
    hx: AbstractTensor,
    w_ih: AbstractTensor,
    w_hh: AbstractTensor,
    b_ih: AbstractTensor | None = ...,
    b_hh: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def rnn_tanh_cell(
    input: Operand,
    hx: AbstractTensor,
    w_ih: AbstractTensor,
    w_hh: AbstractTensor,
    b_ih: AbstractTensor | None = ...,
    b_hh: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def roll(input: Operand, shifts: Sizes, dims: Axes | None = ...) -> AbstractTensor: ...
def rot90(input: Operand, k: builtins.int = ..., dims: Axes = ...) -> AbstractTensor: ...
def round(
    input: Operand, decimals: builtins.int = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def row_stack(
    tensors: Sequence[AbstractTensor], *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def rrelu(
    input: Operand,
    lower: builtins.float = ...,
    upper: builtins.float = ...,
    training: builtins.bool = ...,
    generator: Generator | None = ...,
) -> AbstractTensor: ...
def rsqrt(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def rsub(input: Operand, other: Operand, *, alpha: builtins.float = ...) -> AbstractTensor: ...
def scaled_dot_product_attention(
    input: Operand,
    key: AbstractTensor,
    value: AbstractTensor,
    attn_mask: AbstractTensor | None = ...,
    dropout_p: builtins.float = ...,
    is_causal: builtins.bool = ...,
    scale: builtins.float | None = ...,
    enable_gqa: builtins.bool = ...,
) -> AbstractTensor: ...
def scatter(
    input: Operand,
    dim: builtins.int,
    index: ArrayLike,
    src: AbstractTensor | Number | None = ...,
    *,
    value: AbstractTensor | Number | None = ...,
    reduce: builtins.str | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def scatter_add(
    input: Operand,
    dim: builtins.int,
    index: ArrayLike,
    src: AbstractTensor | Number | None = ...,
    *,
    value: AbstractTensor | Number | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def scatter_reduce(
    input: Operand,
    dim: builtins.int,
    index: ArrayLike,
    src: AbstractTensor,
    reduce: builtins.str,
    *,
    include_self: builtins.bool = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def searchsorted(
    input: Operand,
    values: Operand,
    *,
    out_int32: builtins.bool = ...,
    right: builtins.bool = ...,
    side: builtins.str | None = ...,
    sorter: AbstractTensor | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def select(input: Operand, dim: builtins.int, index: builtins.int) -> AbstractTensor: ...
def select_scatter(
    input: Operand, src: AbstractTensor, dim: builtins.int, index: builtins.int
) -> AbstractTensor: ...
def selu(input: Operand) -> AbstractTensor: ...
def sgn(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def sigmoid(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def sign(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def signbit(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def silu(input: Operand) -> AbstractTensor: ...
def sin(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def sinc(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def sinh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def slice_scatter(
    input: Operand,
    src: AbstractTensor,
    dim: builtins.int = ...,
    start: builtins.int | None = ...,
    end: builtins.int | None = ...,
    step: builtins.int = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def slogdet(input: Operand, *, out: Sequence[AbstractTensor] | None = ...) -> SignLog: ...
def smooth_l1_loss(
    input: Operand,
    target: AbstractTensor,
    reduction: builtins.str = ...,
    beta: builtins.float = ...,
) -> AbstractTensor: ...
def soft_margin_loss(
    input: Operand, target: AbstractTensor, reduction: builtins.str = ...
) -> AbstractTensor: ...
def softmax(
    input: Operand,
    dim: builtins.int | None = ...,
    dtype: DTypeLike | None = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def softmin(
    input: Operand, dim: builtins.int | None = ..., dtype: DTypeLike | None = ...
) -> AbstractTensor: ...
def softplus(
    input: Operand,
    beta: builtins.float = ...,
    threshold: builtins.float = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def softshrink(
    input: Operand, lambd: builtins.float = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def softsign(input: Operand) -> AbstractTensor: ...
def sort(
    input: Operand,
    dim: builtins.int = ...,
    descending: builtins.bool = ...,
    stable: builtins.bool = ...,
    *,
    axis: builtins.int | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def special_entr(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def special_ndtr(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def special_xlog1py(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def split(
    input: Operand, split_size: Sizes, dim: builtins.int = ...
) -> tuple[AbstractTensor, ...]: ...
def split_with_sizes(
    input: Operand, split_sizes: Sizes, dim: builtins.int = ...
) -> tuple[AbstractTensor, ...]: ...
def sqrt(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def square(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def squeeze(
    input: Operand, dim: Axes | None = ..., *, axis: Axes | None = ...
) -> AbstractTensor: ...
def stack(
    tensors: Sequence[AbstractTensor],
    dim: builtins.int = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def std(
    input: Operand,
    dim: Axes | None = ...,
    unbiased: builtins.bool | None = ...,
    keepdim: builtins.bool = ...,
    *,
    correction: Number | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    ddof: Number | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def std_mean(
    input: Operand,
    dim: Axes | None = ...,
    unbiased: builtins.bool | None = ...,
    keepdim: builtins.bool = ...,
    *,
    correction: Number | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    ddof: Number | None = ...,
) -> tuple[AbstractTensor, AbstractTensor]: ...
def sub(
    input: Operand, other: Operand, *, alpha: builtins.float = ..., out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def subtract(
    input: Operand, other: Operand, *, alpha: builtins.float = ..., out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def sum(
    input: Operand,
    dim: Axes | None = ...,
    keepdim: builtins.bool = ...,
    *,
    dtype: DTypeLike | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def svd(
    input: Operand,
    some: builtins.bool = ...,
    compute_uv: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> SVD: ...
def swapaxes(input: Operand, axis0: builtins.int, axis1: builtins.int) -> AbstractTensor: ...
def swapdims(input: Operand, dim0: builtins.int, dim1: builtins.int) -> AbstractTensor: ...
def t(input: Operand) -> AbstractTensor: ...
def take(
    input: Operand, index: ArrayLike, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def take_along_dim(
    input: Operand,
    indices: ArrayLike,
    dim: builtins.int | None = ...,
    *,
    axis: builtins.int | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def tan(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def tanh(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def tanhshrink(input: Operand) -> AbstractTensor: ...
def tensor_split(
    input: Operand, indices_or_sections: ArrayLike | builtins.int, dim: builtins.int = ...
) -> tuple[AbstractTensor, ...]: ...
def tensordot(
    input: Operand,
    other: AbstractTensor,
    dims: builtins.int | Sequence[Sequence[builtins.int]] = ...,
    *,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def threshold(
    input: Operand, threshold: builtins.float, value: builtins.float
) -> AbstractTensor: ...
def tile(input: Operand, *sizes: Sizes, dims: Sizes | None = ...) -> AbstractTensor: ...
def topk(
    input: Operand,
    k: builtins.int,
    dim: builtins.int = ...,
    largest: builtins.bool = ...,
    sorted: builtins.bool = ...,
    *,
    axis: builtins.int | None = ...,
    out: Sequence[AbstractTensor] | None = ...,
) -> ValuesIndices: ...
def trace(input: Operand) -> AbstractTensor: ...
def transpose(input: Operand, dim0: builtins.int, dim1: builtins.int) -> AbstractTensor: ...
def trapezoid(
    input: Operand,
    x: AbstractTensor | None = ...,
    *,
    dx: builtins.float | None = ...,
    dim: builtins.int = ...,
) -> AbstractTensor: ...
def trapz(
    input: Operand,
    x: AbstractTensor | None = ...,
    *,
    dx: builtins.float | None = ...,
    dim: builtins.int = ...,
) -> AbstractTensor: ...
def triangular_solve(
    input: Operand,
    A: AbstractTensor,
    upper: builtins.bool = ...,
    transpose: builtins.bool = ...,
    unitriangular: builtins.bool = ...,
    *,
    out: Sequence[AbstractTensor] | None = ...,
) -> TriangularSolution: ...
def tril(
    input: Operand, diagonal: builtins.int = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def triplet_margin_loss(
    input: Operand,
    positive: AbstractTensor,
    negative: AbstractTensor,
    margin: builtins.float = ...,
    p: builtins.float = ...,
    eps: builtins.float = ...,
    swap: builtins.bool = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def triplet_margin_with_distance_loss(
    input: Operand,
    positive: AbstractTensor,
    negative: AbstractTensor,
    *,
    distance_function: Callable[[AbstractTensor, AbstractTensor], AbstractTensor] | None = ...,
    margin: builtins.float = ...,
    swap: builtins.bool = ...,
    reduction: builtins.str = ...,
) -> AbstractTensor: ...
def triu(
    input: Operand, diagonal: builtins.int = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def true_divide(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def trunc(input: Operand, *, out: AbstractTensor | None = ...) -> AbstractTensor: ...
def unbind(input: Operand, dim: builtins.int = ...) -> tuple[AbstractTensor, ...]: ...
def unflatten(input: Operand, dim: builtins.int, sizes: Sizes) -> AbstractTensor: ...
def unique(
    input: Operand,
    sorted: builtins.bool = ...,
    return_inverse: builtins.bool = ...,
    return_counts: builtins.bool = ...,
    dim: builtins.int | None = ...,
) -> Any: ...
def unique_consecutive(
    input: Operand,
    return_inverse: builtins.bool = ...,
    return_counts: builtins.bool = ...,
    dim: builtins.int | None = ...,
) -> AbstractTensor | tuple[AbstractTensor, ...]: ...
def unsqueeze(input: Operand, dim: builtins.int) -> AbstractTensor: ...
def vander(
    input: Operand, N: builtins.int | None = ..., increasing: builtins.bool = ...
) -> AbstractTensor: ...
def var(
    input: Operand,
    dim: Axes | None = ...,
    unbiased: builtins.bool | None = ...,
    keepdim: builtins.bool = ...,
    *,
    correction: Number | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    ddof: Number | None = ...,
    out: AbstractTensor | None = ...,
) -> AbstractTensor: ...
def var_mean(
    input: Operand,
    dim: Axes | None = ...,
    unbiased: builtins.bool | None = ...,
    keepdim: builtins.bool = ...,
    *,
    correction: Number | None = ...,
    axis: Axes | None = ...,
    keepdims: builtins.bool | None = ...,
    ddof: Number | None = ...,
) -> tuple[AbstractTensor, AbstractTensor]: ...
def vdot(
    input: Operand, other: AbstractTensor, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def vsplit(
    input: Operand, indices_or_sections: ArrayLike | builtins.int
) -> tuple[AbstractTensor, ...]: ...
def vstack(
    tensors: Sequence[AbstractTensor], *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def where(
    condition: Any, input: Any = ..., other: Any = ..., *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
def xlogy(
    input: Operand, other: Operand, *, out: AbstractTensor | None = ...
) -> AbstractTensor: ...
