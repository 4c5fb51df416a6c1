"""What PyTorch calls the node of an operation, as in ``grad_fn=<MulBackward0>``.

The rules of `lightgrad` have the names of torch's operations, so most names follow from theirs.
`RULES` lists the others.  What is one operation in torch and several here is in `labels`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.nodes import Leaf, op_name

END = "Backward0"


def name_of(node: Any) -> str:
    """The name of a node of lightgrad's own operations."""
    label = getattr(node, "label", None)
    if label is not None:
        return str(label)
    op = op_name(node)
    named = RULES.get(op)
    if named is None:
        return camel(op) + END
    return named if isinstance(named, str) else named(node)


@functools.cache
def camel(op: str) -> str:
    """The name of an operation in torch's classes.

    >>> camel("log_softmax"), camel("max_pool2d"), camel("log1p")
    ('LogSoftmax', 'MaxPool2D', 'Log1P')
    """
    capital = re.sub(r"(?:^|_+)([a-z0-9])", lambda m: m[1].upper(), op)
    return re.sub(r"(?<=[0-9])[a-z]", lambda m: m[0].upper(), capital)


def _over_axes(name: str) -> Callable[[Any], str]:
    """Of reductions: all axes together, or those that were named."""
    return lambda node: f"{name}Backward{0 if node.dims is None else 1}"


def _ndims(node: Any) -> tuple[int | None, int | None]:
    """How many axes the two operands of a product have, as far as that is still known."""
    edges: Any = node.edges or (None, None)
    saved = getattr(node, "saved", None) or (None, None)
    known = [a if a is not None else b for a, b in zip(edges, saved, strict=True)]
    left, right = (None if a is None else len(a.shape) for a in known)
    return left, right


def _product(node: Any) -> str:
    left, right = _ndims(node)
    if left is None or right is None:  # used by backward, and dropped
        return {0: "Dot", 1: "Mv", 2: "Mm"}.get(len(node.shape), "UnsafeView") + END
    if left <= 2 and right <= 2:
        kinds = {(1, 1): "Dot", (2, 1): "Mv", (2, 2): "Mm"}
        return kinds.get((left, right), "Squeeze") + ("Backward4" if left < right else END)
    return ("Clone" if left == 2 else "UnsafeView") + END


def _affine(node: Any) -> str:
    """`linear`: one product of matrices, or a view of one."""
    plain = node.edges is not None and node.edges[2] is None
    if len(node.shape) == 2:
        return ("Mm" if plain else "Addmm") + END
    if len(node.shape) == 1:
        return ("Squeeze" if plain else "View") + ("Backward4" if plain else END)
    return ("UnsafeView" if plain else "View") + END


def _power(node: Any) -> str:
    saved: Any = getattr(node, "saved", None) or (None, None)
    base, exponent, *_ = saved
    if not hasattr(exponent, "shape"):
        return "PowBackward0"
    return f"PowBackward{2 if node.edges[0] is None and base.ndim == 0 else 1}"


def _part(node: Any) -> str:
    """The last thing that an index does: integers select, slices cut, None makes an axis."""
    key = node.key if isinstance(node.key, (tuple, list)) else (node.key,)
    kinds = [
        "Unsqueeze" if entry is None else "Select" if isinstance(entry, int) else "Slice"
        for entry in key
        if entry != slice(None) or len(key) == 1
    ]
    return ("Alias" if not kinds else kinds[-1]) + END


def _shaped(node: Any) -> str:
    """`reshape` of what does not lie in order is a copy first."""
    edge = node.edges[0] if node.edges else None
    copied = type(edge) not in (Leaf, type(None)) and op_name(edge) in ("permute", "expand")
    return ("UnsafeView" if copied else "View") + END


#: by the names of lightgrad's rules
RULES: dict[str, str | Callable[[Any], str]] = {
    "sum": _over_axes("Sum"),
    "mean": _over_axes("Mean"),
    "prod": _over_axes("Prod"),
    "matmul": _product,
    "linear": _affine,
    "pow": _power,
    "square": "PowBackward0",
    "slice_view": _part,
    "reshape": _shaped,
    "view": "ViewBackward0",
    "join": "CatBackward0",
    "clamp_between": "ClampBackward1",
    "pad_constant": "ConstantPadNdBackward0",
    "exponential_linear": "EluBackward0",
    "masked_select": "IndexBackward0",
    "norm": "LinalgVectorNormBackward0",
    "logsigmoid": "LogSigmoidBackward0",
    "cast": "ToCopyBackward0",
    "transfer": "ToCopyBackward0",
    "contiguous": "CloneBackward0",
    "row_cross_entropy": "NllLossBackward0",
    "normalized": "NativeLayerNormBackward0",
    "pool_max": "MaxPool2DWithIndicesBackward0",
    "pool_sum": "AvgPool2DBackward0",
    "overwrite": "CopySlices",
    "put": "IndexPutBackward0",
    "bernoulli_cross_entropy": "BinaryCrossEntropyBackward0",
    "_LogitCrossEntropy": "BinaryCrossEntropyWithLogitsBackward0",
    "_Lerp": "LerpBackward1",
    "_Flat": "DivBackward2",
    "det": "LinalgDetBackward0",
    "inverse": "LinalgInvExBackward0",
    "pseudoinverse": "LinalgPinvBackward0",
    "qr_parts": "LinalgQrBackward0",
    "lu_parts": "LinalgLuFactorExBackward0",
    "svd_parts": "LinalgSvdBackward0",
    "eigh_parts": "LinalgEighBackward0",
    "slogdet_parts": "LinalgSlogdetBackward0",
    "cholesky_lower": "LinalgCholeskyExBackward0",
    "attention": "ScaledDotProductFlashAttentionForCpuBackward0",
    "recurrence": "StackBackward0",
    "softmax_backward": "SoftmaxBackwardDataBackward0",
}
