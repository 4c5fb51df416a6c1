"""torch.nn.functional's names: tensor methods as functions, and what is made of them.

``F.conv2d(x, weight)`` is ``x.conv2d(weight)``; the arguments are the method's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any

from lightgrad.autograd import namespace
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.namespace import adaptive_avg_pool1d as adaptive_avg_pool1d
from lightgrad.autograd.namespace import adaptive_avg_pool2d as adaptive_avg_pool2d
from lightgrad.autograd.namespace import adaptive_avg_pool3d as adaptive_avg_pool3d
from lightgrad.autograd.namespace import avg_pool1d as avg_pool1d
from lightgrad.autograd.namespace import avg_pool2d as avg_pool2d
from lightgrad.autograd.namespace import avg_pool3d as avg_pool3d
from lightgrad.autograd.namespace import batch_norm as batch_norm
from lightgrad.autograd.namespace import binary_cross_entropy as binary_cross_entropy
from lightgrad.autograd.namespace import (
    binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
)
from lightgrad.autograd.namespace import conv1d as conv1d
from lightgrad.autograd.namespace import conv2d as conv2d
from lightgrad.autograd.namespace import conv3d as conv3d
from lightgrad.autograd.namespace import conv_transpose1d as conv_transpose1d
from lightgrad.autograd.namespace import conv_transpose2d as conv_transpose2d
from lightgrad.autograd.namespace import conv_transpose3d as conv_transpose3d
from lightgrad.autograd.namespace import cosine_embedding_loss as cosine_embedding_loss
from lightgrad.autograd.namespace import cosine_similarity as cosine_similarity
from lightgrad.autograd.namespace import cross_entropy as cross_entropy
from lightgrad.autograd.namespace import dropout as dropout
from lightgrad.autograd.namespace import gelu as gelu
from lightgrad.autograd.namespace import glu as glu
from lightgrad.autograd.namespace import group_norm as group_norm
from lightgrad.autograd.namespace import hardshrink as hardshrink
from lightgrad.autograd.namespace import hinge_embedding_loss as hinge_embedding_loss
from lightgrad.autograd.namespace import huber_loss as huber_loss
from lightgrad.autograd.namespace import instance_norm as instance_norm
from lightgrad.autograd.namespace import kl_div as kl_div
from lightgrad.autograd.namespace import l1_loss as l1_loss
from lightgrad.autograd.namespace import layer_norm as layer_norm
from lightgrad.autograd.namespace import linear as linear
from lightgrad.autograd.namespace import log_softmax as log_softmax
from lightgrad.autograd.namespace import logsigmoid as logsigmoid
from lightgrad.autograd.namespace import max_pool1d as max_pool1d
from lightgrad.autograd.namespace import max_pool2d as max_pool2d
from lightgrad.autograd.namespace import max_pool3d as max_pool3d
from lightgrad.autograd.namespace import mse_loss as mse_loss
from lightgrad.autograd.namespace import nll_loss as nll_loss
from lightgrad.autograd.namespace import normalize as normalize
from lightgrad.autograd.namespace import one_hot as one_hot
from lightgrad.autograd.namespace import pad as pad
from lightgrad.autograd.namespace import prelu as prelu
from lightgrad.autograd.namespace import rms_norm as rms_norm
from lightgrad.autograd.namespace import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from lightgrad.autograd.namespace import sigmoid as sigmoid
from lightgrad.autograd.namespace import smooth_l1_loss as smooth_l1_loss
from lightgrad.autograd.namespace import softmax as softmax
from lightgrad.autograd.namespace import softmin as softmin
from lightgrad.autograd.namespace import softplus as softplus
from lightgrad.autograd.namespace import softshrink as softshrink
from lightgrad.autograd.namespace import softsign as softsign
from lightgrad.autograd.namespace import tanh as tanh
from lightgrad.autograd.namespace import tanhshrink as tanhshrink
from lightgrad.autograd.shapes import whole
from lightgrad.autograd.signatures import renamed, with_option
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError
from lightgrad.hints import lookup


def _forgiving(function: Callable[..., Any]) -> Callable[..., AbstractTensor]:
    """The function, with torch's ``inplace=`` accepted: the result is the same."""

    @wraps(function)
    def accepting(*args: Any, inplace: bool = False, **kwargs: Any) -> AbstractTensor:
        out: AbstractTensor = function(*args, **kwargs)
        return out

    accepting.__module__ = __name__  # where pickle finds it
    accepting.__signature__ = with_option(signature(function), "inplace", False)  # type: ignore[attr-defined]
    return renamed(accepting, function.__name__)


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
    row = whole(padding_idx)
    if row is None:
        raise DtypeError(f"embedding: padding_idx must be an int, not {padding_idx!r}")
    return row


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
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


# the functions of ops, and those that are defined here
__all__ = [
    name
    for name, value in globals().items()
    if name[0] != "_" and getattr(value, "__module__", None) in ("lightgrad", __name__)
]

if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
