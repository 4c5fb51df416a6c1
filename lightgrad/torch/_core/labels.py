"""Labels for the nodes of methods that are one operation in PyTorch and several here.

Such a method leaves the node of its last operation; `METHODS` says what PyTorch calls it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.tensor import AbstractTensor, takes_several
from lightgrad.torch._core.names import END, camel
from lightgrad.torch._core.results import TYPES, named


def _number(name: str, number: int, other: int) -> Callable[..., str]:
    """One number behind the name if the first argument is a tensor, another else."""

    def named(t: Any, *args: Any, **kwargs: Any) -> str:
        given = [*args, *kwargs.values()]
        return f"{name}Backward{number if any(hasattr(a, 'shape') for a in given) else other}"

    return named


def _of_value(name: str) -> Callable[..., str]:
    """Whether a number is written, or a tensor that is no mask or index."""

    def named(t: Any, *args: Any, **kwargs: Any) -> str:
        value = kwargs.get("value", kwargs.get("weight", args[-1] if args else None))
        return f"{name}Backward{int(hasattr(value, 'shape'))}"

    return named


def _scattered(t: Any, dim: int, index: Any, *args: Any, **kwargs: Any) -> str:
    value = kwargs.get("src", args[0] if args else None)
    return f"ScatterBackward{int(not hasattr(value, 'shape'))}"


def _of_images(plain: str, images: str) -> Callable[..., str]:
    """Losses of images have another node than those of rows."""
    return lambda t, *args, **kwargs: images if t.ndim > 2 else plain


def _cross_entropy(t: Any, target: Any, *args: Any, **kwargs: Any) -> str:
    if target.dtype.is_floating_point:  # probabilities
        reduction = kwargs.get("reduction", "mean")
        return {"mean": "DivBackward1", "sum": "NegBackward0"}.get(reduction, "NegBackward0")
    if kwargs.get("label_smoothing", 0):
        return "AddBackward0"
    return "NllLoss2DBackward0" if t.ndim > 2 else "NllLossBackward0"


def _extreme(name: str) -> Callable[..., str]:
    def named(t: Any, *args: Any, **kwargs: Any) -> str:
        if any(hasattr(a, "shape") for a in (*args, *kwargs.values())):
            return f"{name}imum{END}"
        return f"{name}Backward{0 if args or kwargs else 1}"

    return named


def _reduced(name: str) -> Callable[..., str]:
    """Losses that torch reduces by operations of their own."""

    def named(t: Any, *args: Any, reduction: Any = None, **kwargs: Any) -> str:
        said = [reduction, *args, "mean"]
        return {"mean": f"Mean{END}", "sum": f"Sum{END}"}.get(
            next(a for a in said if isinstance(a, str)), name
        )

    return named


def _middle(name: str) -> Callable[..., str]:
    return lambda t, *args, **kwargs: f"{name}Backward{1 if args or kwargs else 0}"


def _resized(t: Any, *args: Any, mode: str = "nearest", antialias: bool = False, **_: Any) -> str:
    axes = t.ndim - 2
    if mode == "area":
        return f"AdaptiveAvgPool{axes}D{END}"
    return f"Upsample{camel(mode.replace('-', '_'))}{axes}D{'Aa' if antialias else ''}{END}"


def _diagonal(t: Any, *args: Any, **kwargs: Any) -> str:
    return "DiagEmbedBackward0" if t.ndim == 1 else "DiagonalBackward0_copy"


def _rounded(t: Any, *args: Any, **kwargs: Any) -> str:
    return f"RoundBackward{1 if args or kwargs else 0}"


def _divided(t: Any, *args: Any, rounding_mode: Any = None, **kwargs: Any) -> str:
    return f"DivBackward{0 if rounding_mode is None else 2}"


def _summed(equation: Any, *operands: Any, **kwargs: Any) -> str | None:
    """`einsum` is a product of matrices where something is summed."""
    given, _, result = str(equation).replace(" ", "").partition("->")
    letters = set(re.findall("[A-Za-z]", given))
    kept = set(result) if "->" in equation else {c for c in letters if given.count(c) == 1}
    if len(operands) < 2:
        return "SumBackward1" if letters - kept else None
    return ("View" if letters - kept else "Mul") + END


def _of_one(axes: int) -> Callable[..., str | None]:
    """Of a convolution without a batch; else its rule says the name."""
    return lambda t, *args, **kwargs: "SqueezeBackward1" if t.ndim == axes + 1 else None


def _repeated(t: Any, repeats: Any, *args: Any, **kwargs: Any) -> str:
    return ("IndexSelect" if hasattr(repeats, "shape") else "View") + END


def _squeezed(t: Any, *args: Any, **kwargs: Any) -> str:
    dim = (*args, *kwargs.values())
    if not dim:
        return "SqueezeBackward0"
    return f"SqueezeBackward{2 if isinstance(dim[0], (tuple, list)) else 1}"


def _split(t: Any, split_size: Any = None, *args: Any, **kwargs: Any) -> str:
    sizes = kwargs.get("split_size_or_sections", split_size)
    return ("Split" if isinstance(sizes, int) else "SplitWithSizes") + END


def _padded(t: Any, pad: Any, mode: str = "constant", *args: Any, **kwargs: Any) -> str:
    kind = {"reflect": "ReflectionPad", "replicate": "ReplicationPad"}.get(mode)
    if kind is None:
        return "CopySlices" if mode == "circular" else "ConstantPadNdBackward0"
    return f"{kind}{len(pad) // 2}D{END}"


def _attention(q: Any, k: Any, v: Any, *args: Any, **kwargs: Any) -> str:
    if q.ndim == 4 and not any(a is not None for a in args[:1]) and not kwargs.get("attn_mask"):
        return "ScaledDotProductFlashAttentionForCpuBackward0"
    return "UnsafeViewBackward0"


def _pooled(t: Any, size: Any, *args: Any, **kwargs: Any) -> str:
    whole = all(n == 1 for n in (size if isinstance(size, (tuple, list)) else (size,)))
    return "MeanBackward1" if whole else "AdaptiveAvgPool2DBackward0"


#: the methods that torch's nodes are called by
_SAME = """
    adaptive_max_pool2d adaptive_max_pool3d addbmm addcdiv addcmul addmm addmv addr aminmax
    baddbmm binary_cross_entropy binary_cross_entropy_with_logits block_diag bmm cdist celu
    channel_shuffle col2im cummax cummin dist dot elu fmax fmin frac glu hardshrink
    hardsigmoid huber_loss im2col index_add index_fill index_select kthvalue logcumsumexp
    logit masked_select max_unpool2d max_unpool3d mm mode mse_loss multi_margin_loss mv
    mvlgamma pdist pixel_shuffle pixel_unshuffle polygamma repeat rot90 rsub sinc
    smooth_l1_loss soft_margin_loss softshrink std_mean threshold topk trace transpose unbind
    unsqueeze var_mean
"""
#: by the names of methods; a function gets the arguments of the call
METHODS: dict[str, str | tuple[str, ...] | Callable[..., str | None]] = {
    **{op: camel(op) + END for op in _SAME.split()},
    "lerp": _of_value("Lerp"),
    "max": _extreme("Max"),
    "min": _extreme("Min"),
    "diag": _diagonal,
    "round": _rounded,
    "divide": _divided,
    "einsum": _summed,
    **{
        op: camel(op) + END for op in ("multilabel_margin_loss", "logaddexp", "logaddexp2", "ldexp")
    },
    "rad2deg": "Rad2DegBackward0",
    "deg2rad": "Deg2RadBackward0",
    "copysign": _number("Copysign", 0, 1),
    "ctc_loss": _reduced("CtcLossBackward0"),
    "adaptive_max_pool1d": "SqueezeBackward1",
    "max_unpool1d": "SqueezeBackward1",
    "median": _middle("Median"),
    "nanmedian": _middle("Nanmedian"),
    "quantile": "SqueezeBackward4",
    "nanquantile": "SqueezeBackward4",
    "rrelu": "RreluWithNoiseBackward0",
    "affine_grid": "AffineGridGeneratorBackward0",
    "grid_sample": lambda t, *args, **kwargs: f"GridSampler{t.ndim - 2}DBackward0",
    "interpolate": _resized,
    "meshgrid": "ExpandBackward0",
    "tensor_split": "SliceBackward0",
    "hsplit": "SliceBackward0",
    "vsplit": "SliceBackward0",
    "dsplit": "SliceBackward0",
    "pairwise_distance": "NormBackward1",
    "xlogy": _number("Xlogy", 0, 2),
    "fmod": _number("Fmod", 1, 0),
    "remainder": _number("Remainder", 1, 0),
    "fill": _of_value("Fill"),
    "masked_fill": _of_value("MaskedFill"),
    "index_fill": _of_value("IndexFill"),
    "scatter": _scattered,
    "index_put": "IndexPutBackward0",
    "repeat_interleave": _repeated,
    "conv1d": _of_one(1),
    "conv2d": _of_one(2),
    "conv3d": _of_one(3),
    "rnn_tanh_cell": "TanhBackward0",
    "rnn_relu_cell": "ReluBackward0",
    "gru_cell": "AddBackward0",
    "lstm_cell": ("MulBackward0", "AddBackward0"),
    "zero_": "ZeroBackward0",
    "copy_": "CopyBackwards",
    "narrow": "SliceBackward0",
    "selu": "EluBackward0",
    "swapaxes": "TransposeBackward0",
    "swapdims": "TransposeBackward0",
    "t": "TBackward0",
    "tile": "RepeatBackward0",
    "flatten": "ViewBackward0",
    "unflatten": "ViewBackward0",
    "squeeze": _squeezed,
    "split": _split,
    "chunk": "SplitBackward0",
    "stack": "StackBackward0",
    "clamp": _number("Clamp", 0, 1),
    "clip": _number("Clamp", 0, 1),
    "clamp_min": _number("ClampMin", 1, 0),
    "clamp_max": _number("ClampMax", 1, 0),
    "nll_loss": _of_images("NllLossBackward0", "NllLoss2DBackward0"),
    "cross_entropy": _cross_entropy,
    "batch_norm": "NativeBatchNormBackward0",
    "group_norm": "NativeGroupNormBackward0",
    "layer_norm": "NativeLayerNormBackward0",
    "instance_norm": "ViewBackward0",
    "prelu": "PreluKernelBackward0",
    "sort": "SortBackward0",
    "pad": _padded,
    "conv_transpose1d": "ConvolutionBackward0",
    "conv_transpose2d": "ConvolutionBackward0",
    "conv_transpose3d": "ConvolutionBackward0",
    "max_pool1d": "SqueezeBackward1",
    "max_pool2d": "MaxPool2DWithIndicesBackward0",
    "max_pool3d": "MaxPool3DWithIndicesBackward0",
    "avg_pool1d": "SqueezeBackward1",
    "avg_pool2d": "AvgPool2DBackward0",
    "avg_pool3d": "AvgPool3DBackward0",
    "adaptive_avg_pool1d": "SqueezeBackward1",
    "adaptive_avg_pool2d": _pooled,
    "adaptive_avg_pool3d": "AdaptiveAvgPool3DBackward0",
    "scaled_dot_product_attention": _attention,
    "__rsub__": "RsubBackward1",
    "__rtruediv__": "MulBackward0",
}


#: the methods that do something in torch's way here
FORWARDED = (*METHODS, *(op for op in TYPES if op not in METHODS))


def forwarded(cls: Any, op: str) -> Callable[..., Any]:
    """The method of the classes behind this one; its results and their nodes have torch's names."""
    name: Any = METHODS.get(op)
    plain = getattr(AbstractTensor, op)
    several = op in AbstractTensor._ops and takes_several(op)

    @functools.wraps(plain)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        method = functools.partial(plain, self) if several else getattr(super(cls, self), op)
        before = None if several else self._edge
        out = method(*args, **kwargs)
        results = out if isinstance(out, tuple) else (out,)
        edges = [getattr(t, "_edge", None) for t in results]
        if any(edge is not None for edge in edges):
            labels = name(self, *args, **kwargs) if callable(name) else name
            every = labels if isinstance(labels, tuple) else (labels,) * len(edges)
            for edge, label in zip(edges, every, strict=True):
                if edge is not None and edge is not before and label is not None:
                    edge.label = label
        return named(op, out)

    return call
