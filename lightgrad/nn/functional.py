"""torch.nn.functional's names: tensor methods as functions, and what is made of them.

``F.conv2d(x, weight)`` is ``x.conv2d(weight)``; the arguments are the method's.
"""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import functions, shapes
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
    "group_norm",
    "hardtanh",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "pad",
    "relu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
)

#: functions written here
_COMPOSED = (
    "celu",
    "cosine_similarity",
    "embedding",
    "glu",
    "hardsigmoid",
    "hardswish",
    "logsigmoid",
    "mish",
    "normalize",
    "prelu",
    "relu6",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "softmin",
    "softsign",
    "tanhshrink",
)

__all__ = [*_METHODS, *_COMPOSED]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _METHODS:
        raise AttributeError(f"lightgrad.nn.functional has no function {name!r}")
    made = globals()[name] = getattr(functions, name)
    return made


def __dir__() -> list[str]:
    return sorted(__all__)


# ----------------------------------------------------------------- activations


def relu6(input: Any, inplace: bool = False) -> Any:
    """:math:`\\min(\\max(0, x), 6)`.  Source: torch.nn.functional.relu6.

    >>> import lightgrad as light
    >>> relu6(light.tensor([-1.0, 3.0, 8.0])).tolist()
    [0.0, 3.0, 6.0]
    """
    return input.hardtanh(0.0, 6.0)


def mish(input: Any, inplace: bool = False) -> Any:
    """:math:`x \\tanh(softplus(x))`.  Source: torch.nn.functional.mish.

    >>> import lightgrad as light
    >>> round(mish(light.tensor(1.0)).item(), 4)
    0.8651
    """
    return input.mul(input.softplus().tanh())


_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def selu(input: Any, inplace: bool = False) -> Any:
    """:math:`s x`, or :math:`s \\alpha (e^x - 1)` below zero, that keeps mean and variance.

    Source: Klambauer et al. 2017; torch.nn.functional.selu.

    >>> import lightgrad as light
    >>> round(selu(light.tensor(1.0)).item(), 4)
    1.0507
    """
    return input.elu(_SELU_ALPHA).mul(_SELU_SCALE)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x, or :math:`\\alpha (e^{x / \\alpha} - 1)` below zero.  Source: torch.nn.functional.celu.

    >>> import lightgrad as light
    >>> round(celu(light.tensor(-1.0), 2.0).item(), 4)
    -0.7869
    """
    return input.div(alpha).elu(1.0).mul(alpha)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """:math:`\\min(\\max(0, x + 3), 6) / 6`.  Source: torch.nn.functional.hardsigmoid.

    >>> import lightgrad as light
    >>> hardsigmoid(light.tensor([-4.0, 0.0, 4.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return relu6(input.add(3.0)).div(6.0)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """:math:`x \\min(\\max(0, x + 3), 6) / 6`.  Source: torch.nn.functional.hardswish.

    >>> import lightgrad as light
    >>> hardswish(light.tensor([-4.0, 0.0, 4.0])).tolist()
    [-0.0, 0.0, 4.0]
    """
    return input.mul(hardsigmoid(input))


def logsigmoid(input: Any) -> Any:
    """:math:`\\log(1 / (1 + e^{-x}))`.  Source: torch.nn.functional.logsigmoid.

    >>> import lightgrad as light
    >>> round(logsigmoid(light.tensor(0.0)).item(), 4)
    -0.6931
    """
    # softplus turns linear at its threshold, where e^-x is still 2e-9
    return input.neg().softplus(1.0, 40.0).neg()


def softsign(input: Any) -> Any:
    """:math:`x / (1 + |x|)`.  Source: torch.nn.functional.softsign.

    >>> import lightgrad as light
    >>> softsign(light.tensor(3.0)).item()
    0.75
    """
    return input.div(input.abs().add(1.0))


def tanhshrink(input: Any) -> Any:
    """:math:`x - \\tanh x`.  Source: torch.nn.functional.tanhshrink.

    >>> import lightgrad as light
    >>> tanhshrink(light.tensor(0.0)).item()
    0.0
    """
    return input.sub(input.tanh())


def softmin(input: Any, dim: int = -1) -> Any:
    """The softmax of -x along ``dim``.  Source: torch.nn.functional.softmin.

    >>> import lightgrad as light
    >>> softmin(light.zeros(2), dim=0).tolist()
    [0.5, 0.5]
    """
    return input.neg().softmax(dim)


def prelu(input: Any, weight: Any) -> Any:
    """x, or weight times x below zero; one weight or one per channel (dimension 1).

    Source: torch.nn.functional.prelu.

    >>> import lightgrad as light
    >>> prelu(light.tensor([-2.0, 2.0]), light.tensor([0.5])).tolist()
    [-1.0, 2.0]
    """
    n = weight.numel()
    if n != 1:
        if input.ndim < 2 or input.shape[1] != n:
            raise ShapeError(
                f"prelu: {n} weights need an input with {n} channels in dimension 1, not shape "
                f"{input.shape}"
            )
        weight = weight.reshape(n, *(1,) * (input.ndim - 2))
    return input.relu().sub(input.neg().relu().mul(weight))


def glu(input: Any, dim: int = -1) -> Any:
    """:math:`a \\sigma(b)` of the two halves along ``dim``.  Source: torch.nn.functional.glu.

    >>> import lightgrad as light
    >>> glu(light.tensor([3.0, 0.0])).tolist()
    [1.5]
    """
    dim = shapes.axis("glu", dim, input.ndim)
    n = input.shape[dim] if input.ndim else 1
    if n % 2:
        raise ShapeError(f"glu: dimension {dim} of shape {input.shape} cannot be halved")
    lead, half = (slice(None),) * dim, n // 2
    first, second = (*lead, slice(None, half)), (*lead, slice(half, None))
    return input[first].mul(input[second].sigmoid())


# ----------------------------------------------------------------- the rest


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
        fixed = flat.eq(padding_idx % n).reshape(-1, 1)
        rows = rows.masked_fill(fixed, 0.0).add(rows.detach().mul(fixed))
    return rows.reshape((*input.shape, width))


def rms_norm(
    input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Any:
    """:math:`x / \\sqrt{mean(x^2) + eps} \\cdot w` over the last dimensions.

    ``eps`` is the dtype's smallest relative step by default.  Source:
    torch.nn.functional.rms_norm.

    >>> import lightgrad as light
    >>> rms_norm(light.tensor([1.0, 7.0]), (2,)).detach()
    tensor([0.2, 1.4])
    """
    sizes = shapes.size((normalized_shape,), "rms_norm")
    if not sizes or input.shape[-len(sizes) :] != sizes:
        raise ShapeError(
            f"rms_norm: normalized_shape {sizes} are not the last sizes of an input of shape "
            f"{input.shape}"
        )
    if eps is None:
        eps = {2: 2.0**-10, 4: 2.0**-23, 8: 2.0**-52}[as_dtype(input.dtype).itemsize]
    dims = tuple(range(-len(sizes), 0))
    out = input.mul(input.mul(input).mean(dims, True).add(eps).rsqrt())
    return out if weight is None else out.mul(weight)


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """:math:`x / \\max(\\|x\\|_p, eps)` along ``dim``.  Source: torch.nn.functional.normalize.

    >>> import lightgrad as light
    >>> normalize(light.tensor([[3.0, 4.0]])).detach()
    tensor([[0.6, 0.8]])
    """
    return input.div(input.norm(p, dim, True).clamp(eps))


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
