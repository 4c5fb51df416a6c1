"""torch.nn.functional's names: tensor methods as functions, and what is made of them.

``F.conv2d(x, weight)`` is ``x.conv2d(weight)``; the arguments are the method's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from lightgrad.autograd import namespace
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.namespace import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    batch_norm,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    cosine_embedding_loss,
    cosine_similarity,
    cross_entropy,
    dropout,
    gelu,
    glu,
    group_norm,
    hardshrink,
    hinge_embedding_loss,
    huber_loss,
    instance_norm,
    kl_div,
    l1_loss,
    layer_norm,
    linear,
    log_softmax,
    logsigmoid,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    mse_loss,
    nll_loss,
    normalize,
    one_hot,
    pad,
    prelu,
    rms_norm,
    scaled_dot_product_attention,
    sigmoid,
    smooth_l1_loss,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
)
from lightgrad.autograd.shapes import whole
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError
from lightgrad.hints import lookup

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mish",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
]


def _forgiving(function: Callable[..., Any]) -> Callable[..., AbstractTensor]:
    """The function, with torch's ``inplace=`` accepted: the result is the same."""

    @wraps(function)
    def accepting(*args: Any, inplace: bool = False, **kwargs: Any) -> AbstractTensor:
        out: AbstractTensor = function(*args, **kwargs)
        return out

    accepting.__module__ = __name__  # where pickle finds it
    return accepting


# those that torch can also compute in place
celu = _forgiving(namespace.celu)
elu = _forgiving(namespace.elu)
hardsigmoid = _forgiving(namespace.hardsigmoid)
hardswish = _forgiving(namespace.hardswish)
hardtanh = _forgiving(namespace.hardtanh)
leaky_relu = _forgiving(namespace.leaky_relu)
mish = _forgiving(namespace.mish)
relu = _forgiving(namespace.relu)
relu6 = _forgiving(namespace.relu6)
selu = _forgiving(namespace.selu)
silu = _forgiving(namespace.silu)


def _row(padding_idx: Any) -> int:
    found = whole(padding_idx)
    if found is None:
        raise DtypeError(f"embedding: padding_idx must be an int, not {padding_idx!r}")
    return found


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """Row ``weight[i]`` for each index i; row ``padding_idx`` gets no gradient.

    Source: torch.nn.functional.embedding.

    >>> import lightgrad as light
    >>> table = light.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding(light.tensor([1, 0]), table).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    for name, t in (("indices", input), ("table", weight)):
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"embedding: the {name} must be a tensor, not {type(t).__name__}")
    if is_float(as_dtype(input.dtype)) or as_dtype(input.dtype).kind == "b":
        raise DtypeError(f"embedding: the indices must be integers, not {input.dtype}; use long()")
    if weight.ndim != 2:
        raise ShapeError(f"embedding: the table must have shape (rows, size), not {weight.shape}")
    n, width = weight.shape
    if padding_idx is not None and not -n <= _row(padding_idx) < n:
        raise ShapeError(f"embedding: padding_idx {padding_idx} is not a row of a table of {n}")
    flat = input.reshape(-1)
    if (wrong := flat._outside(0, n - 1)) is not None:
        raise ShapeError(
            f"embedding: indices from {wrong[0]} to {wrong[1]} do not fit a table of {n} rows "
            f"(0 to {n - 1})"
        )
    rows = weight.index((0,), flat)
    if padding_idx is not None and rows.requires_grad:
        trained = flat.ne(padding_idx % n).reshape(-1, 1)
        rows = rows.where(trained, rows.detach())
    return rows.reshape((*input.shape, width))


if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
