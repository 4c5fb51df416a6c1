"""torch.nn.functional's names: tensor methods as functions, and what is made of them.

``F.conv2d(x, weight)`` is ``x.conv2d(weight)``; the arguments are the method's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from lightgrad.autograd import functions
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

#: functions that are tensor methods under the same name
_METHODS = (
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
    "cross_entropy",
    "dropout",
    "elu",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
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
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
)

#: those of them that torch can also compute in place
_ACTIVATIONS = (
    "celu",
    "elu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "mish",
    "relu",
    "relu6",
    "selu",
    "silu",
)

#: functions written here
_COMPOSED = ("cosine_similarity", "embedding", "scaled_dot_product_attention", "softmin")

__all__ = [*_METHODS, *_COMPOSED]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _METHODS:
        raise AttributeError(f"lightgrad.nn.functional has no function {name!r}")
    function = getattr(functions, name)
    made = globals()[name] = _forgiving(function) if name in _ACTIVATIONS else function
    return made


def _forgiving(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with torch's ``inplace=`` accepted: the result is the same."""

    @wraps(function)
    def accepting(*args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return accepting


def __dir__() -> list[str]:
    return sorted(__all__)


def softmin(input: Any, dim: int = -1) -> Any:
    """The softmax of -x along ``dim``.  Source: torch.nn.functional.softmin.

    >>> import lightgrad as light
    >>> softmin(light.zeros(2), dim=0).tolist()
    [0.5, 0.5]
    """
    return input.neg().softmax(dim)


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """Row ``weight[i]`` for each index i; row ``padding_idx`` gets no gradient.

    Source: torch.nn.functional.embedding.

    >>> import lightgrad as light
    >>> table = light.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding(light.tensor([1, 0]), table).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    if is_float(as_dtype(input.dtype)) or as_dtype(input.dtype).kind == "b":
        raise DtypeError(f"embedding: the indices must be integers, not {input.dtype}; use long()")
    n, width = weight.shape
    flat = input.reshape(-1)
    if flat.numel() and not bool(flat.ge(0).logical_and(flat.lt(n)).all()):
        low, high = flat.min().item(), flat.max().item()
        raise ShapeError(
            f"embedding: indices from {low} to {high} do not fit a table of {n} rows (0 to {n - 1})"
        )
    rows = weight.index_select(0, flat)
    if padding_idx is not None and rows.requires_grad:
        trained = flat.ne(padding_idx % n).reshape(-1, 1)
        rows = rows.where(trained, rows.detach())
    return rows.reshape((*input.shape, width))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """:math:`x_1 \\cdot x_2 / (\\|x_1\\| \\|x_2\\|)`, each norm at least ``eps``.

    Source: torch.nn.functional.cosine_similarity.

    >>> import lightgrad as light
    >>> round(cosine_similarity(light.tensor([[1.0, 0.0]]), light.tensor([[1.0, 1.0]])).item(), 4)
    0.7071
    """
    a, b = (x.div(x.norm(2.0, dim, True).clamp(eps)) for x in (x1, x2))
    return a.mul(b).sum(dim)


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Any:
    """:math:`softmax(q k^T / \\sqrt{d} + mask) v` for (..., L, d), (..., S, d), (..., S, e).

    A bool mask keeps where it is True; ``is_causal`` keeps positions up to the
    query's own.  Source: Vaswani et al. 2017;
    torch.nn.functional.scaled_dot_product_attention.

    >>> import lightgrad as light
    >>> q = light.ones(1, 2, 4)
    >>> scaled_dot_product_attention(q, q, q).shape
    (1, 2, 4)
    """
    if is_causal and attn_mask is not None:
        raise ArgumentError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    factor = query.shape[-1] ** -0.5 if scale is None else scale
    scores = query.matmul(key.transpose(-2, -1)).mul(factor)
    if is_causal:
        attn_mask = scores.detach()._filled(1).tril().ne(0)
    if attn_mask is not None:
        if as_dtype(attn_mask.dtype).kind == "b":
            scores = scores.masked_fill(attn_mask.logical_not(), -float("inf"))
        else:
            scores = scores.add(attn_mask)
    weights = scores.softmax(-1)
    return (weights.dropout(dropout_p, True) if dropout_p else weights).matmul(value)
