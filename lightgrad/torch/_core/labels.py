"""Labels for the nodes of methods that are one operation in PyTorch and several here.

Such a method leaves the node of its last operation; `METHODS` says what PyTorch calls it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from lightgrad.autograd.nodes import Leaf
from lightgrad.autograd.tensor import AbstractTensor, takes_several
from lightgrad.torch._core.names import END, camel
from lightgrad.torch._core.results import TYPES, named


class Given(NamedTuple):
    """The arguments of a call behind the tensor itself."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def at(self, place: int, *names: str, default: Any = None) -> Any:
        """The argument at a place or of a name."""
        if len(self.args) > place:
            return self.args[place]
        return next((self.kwargs[name] for name in names if name in self.kwargs), default)

    def every(self) -> list[Any]:
        """All of them."""
        return [*self.args, *self.kwargs.values()]


#: makes a label of the tensor and the other arguments; None leaves the name of the rule
Label = Callable[[Any, Given], "str | None"]


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "shape")


def _number(name: str, number: int, other: int) -> Label:
    """One number behind the name if there is another tensor among the arguments, another else."""
    return lambda t, given: (
        f"{name}Backward{number if any(map(_is_tensor, given.every())) else other}"
    )


def _of_value(name: str) -> Label:
    """Whether a number is written, or a tensor that is no mask or index."""

    def label(t: Any, given: Given) -> str:
        last = given.args[-1] if given.args else None
        value = given.kwargs.get("value", given.kwargs.get("weight", last))
        return f"{name}Backward{int(_is_tensor(value))}"

    return label


def _scattered(t: Any, given: Given) -> str:
    return f"ScatterBackward{int(not _is_tensor(given.at(2, 'src')))}"


def _of_images(plain: str, images: str) -> Label:
    """Losses of images have another node than those of rows."""
    return lambda t, given: images if t.ndim > 2 else plain


def _cross_entropy(t: Any, given: Given) -> str:
    if given.at(0, "target").dtype.is_floating_point:  # probabilities
        return "DivBackward1" if given.at(3, "reduction", default="mean") == "mean" else _NEG
    if given.at(4, "label_smoothing", default=0):
        return "AddBackward0"
    return "NllLoss2DBackward0" if t.ndim > 2 else "NllLossBackward0"


_NEG = "NegBackward0"


def _extreme(name: str) -> Label:
    def label(t: Any, given: Given) -> str:
        if any(map(_is_tensor, given.every())):
            return f"{name}imum{END}"
        return f"{name}Backward{0 if given.every() else 1}"

    return label


def _reduced(name: str) -> Label:
    """Losses that torch reduces by operations of their own."""

    def label(t: Any, given: Given) -> str:
        said = next((a for a in given.every() if isinstance(a, str)), "mean")
        return {"mean": f"Mean{END}", "sum": f"Sum{END}"}.get(said, name)

    return label


def _with(name: str, none: int, some: int) -> Label:
    """A number behind the name without arguments, another with some."""
    return lambda t, given: f"{name}Backward{some if given.every() else none}"


def _resized(t: Any, given: Given) -> str:
    axes, mode = t.ndim - 2, str(given.at(2, "mode", default="nearest"))
    if mode == "area":
        return f"AdaptiveAvgPool{axes}D{END}"
    smooth = "Aa" if given.kwargs.get("antialias") else ""
    return f"Upsample{camel(mode.replace('-', '_'))}{axes}D{smooth}{END}"


def _summed(equation: Any, given: Given) -> str | None:
    """`einsum` is a product of matrices where something is summed."""
    if not isinstance(equation, str):
        return "ViewBackward0"
    operands, _, result = equation.replace(" ", "").partition("->")
    letters = set(re.findall("[A-Za-z]", operands))
    kept = set(result) if "->" in equation else {c for c in letters if operands.count(c) == 1}
    if "," not in operands:
        return "SumBackward1" if letters - kept else None
    return ("View" if letters - kept else "Mul") + END


def _of_one(axes: int) -> Label:
    """Of a convolution without a batch; else its rule says the name."""
    return lambda t, given: "SqueezeBackward1" if t.ndim == axes + 1 else None


def _squeezed(t: Any, given: Given) -> str:
    if not given.every():
        return "SqueezeBackward0"
    return f"SqueezeBackward{2 if isinstance(given.every()[0], (tuple, list)) else 1}"


def _split(t: Any, given: Given) -> str:
    sizes = given.at(0, "split_size", "split_size_or_sections")
    return ("Split" if isinstance(sizes, int) else "SplitWithSizes") + END


def _padded(t: Any, given: Given) -> str:
    mode, pad = given.at(1, "mode", default="constant"), given.at(0, "pad", default=())
    kind = {"reflect": "ReflectionPad", "replicate": "ReplicationPad"}.get(mode)
    if kind is None:
        return "CopySlices" if mode == "circular" else "ConstantPadNdBackward0"
    return f"{kind}{len(pad) // 2}D{END}"


def _attention(t: Any, given: Given) -> str:
    if t.ndim == 4 and given.at(2, "attn_mask") is None:
        return "ScaledDotProductFlashAttentionForCpuBackward0"
    return "UnsafeViewBackward0"


def _pooled(t: Any, given: Given) -> str:
    size = given.at(0, "output_size")
    whole = all(n == 1 for n in (size if isinstance(size, (tuple, list)) else (size,)))
    return "MeanBackward1" if whole else "AdaptiveAvgPool2DBackward0"


def _divided(t: Any, given: Given) -> str:
    return f"DivBackward{0 if given.kwargs.get('rounding_mode') is None else 2}"


def _repeated(t: Any, given: Given) -> str:
    return ("IndexSelect" if _is_tensor(given.at(0, "repeats")) else "View") + END


def _diagonal(t: Any, given: Given) -> str:
    return "DiagEmbedBackward0" if t.ndim == 1 else "DiagonalBackward0_copy"


#: the methods that torch's nodes are called by
_SAME = """
    adaptive_max_pool2d adaptive_max_pool3d addbmm addcdiv addcmul addmm addmv addr aminmax
    baddbmm binary_cross_entropy binary_cross_entropy_with_logits block_diag bmm cdist celu
    channel_shuffle col2im cummax cummin dist dot elu fmax fmin frac glu hardshrink
    hardsigmoid huber_loss im2col index_add index_fill index_select kthvalue logcumsumexp
    logit masked_select max_unpool2d max_unpool3d mm mode mse_loss multi_margin_loss mv
    mvlgamma pdist pixel_shuffle pixel_unshuffle polygamma repeat rot90 rsub sinc
    smooth_l1_loss soft_margin_loss softshrink std_mean threshold topk trace transpose unbind
    unsqueeze var_mean multilabel_margin_loss logaddexp logaddexp2 ldexp cholesky_inverse
    cholesky_solve linalg_cross linalg_lstsq linalg_lu linalg_lu_solve linalg_qr
    linalg_solve_triangular lu_unpack nansum renorm triangular_solve vdot
"""
#: by the names of methods; a function gets the arguments of the call
METHODS: dict[str, str | tuple[str, ...] | Label] = {
    **{op: camel(op) + END for op in _SAME.split()},
    "lerp": _of_value("Lerp"),
    "max": _extreme("Max"),
    "min": _extreme("Min"),
    "diag": _diagonal,
    "round": _with("Round", 0, 1),
    "divide": _divided,
    "einsum": _summed,
    "cross": "LinalgCrossBackward0",
    "linalg_solve": "LinalgSolveExBackward0",
    "linalg_cond": "SqueezeBackward1",
    "linalg_multi_dot": "ViewBackward0",
    "lu_solve": "LinalgLuSolveBackward0",
    "matrix_exp": "LinalgMatrixExpBackward0",
    "kron": "UnsafeViewBackward0",
    "msort": "SortBackward0",
    "trapezoid": "MulBackward1",
    "trapz": "MulBackward1",
    "cumulative_trapezoid": "DivBackward1",
    "rad2deg": "Rad2DegBackward0",
    "deg2rad": "Deg2RadBackward0",
    "copysign": _number("Copysign", 0, 1),
    "ctc_loss": _reduced("CtcLossBackward0"),
    "adaptive_max_pool1d": "SqueezeBackward1",
    "max_unpool1d": "SqueezeBackward1",
    "median": _with("Median", 0, 1),
    "nanmedian": _with("Nanmedian", 0, 1),
    "quantile": "SqueezeBackward4",
    "nanquantile": "SqueezeBackward4",
    "rrelu": "RreluWithNoiseBackward0",
    "affine_grid": "AffineGridGeneratorBackward0",
    "grid_sample": lambda t, given: f"GridSampler{t.ndim - 2}DBackward0",
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


def _label_each(name: Any, t: Any, given: Given, results: tuple[Any, ...], before: Any) -> None:
    """Give the nodes of several results their labels, if any was recorded."""
    edges: list[Any] = [getattr(r, "_edge", None) for r in results]
    if not any(edge is not None for edge in edges):
        return
    labels = name(t, given) if callable(name) else name
    every = labels if isinstance(labels, tuple) else (labels,) * len(edges)
    for edge, label in zip(edges, every, strict=True):
        if label is not None and not (edge is None or edge is before or type(edge) is Leaf):
            edge.label = label


#: the methods that do something in torch's way here
FORWARDED = (*METHODS, *(op for op in TYPES if op not in METHODS))


def forwarded(cls: Any, op: str) -> Callable[..., Any]:
    """The method of the classes behind this one; its results and their nodes have torch's names."""
    name: Any = METHODS.get(op)
    plain = getattr(AbstractTensor, op)
    several = op in AbstractTensor._ops and takes_several(op)
    calculated, typed = callable(name), op in TYPES

    @functools.wraps(plain)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = None if several else self._edge
        method = None if several else getattr(super(cls, self), op)
        out = plain(self, *args, **kwargs) if method is None else method(*args, **kwargs)
        if isinstance(out, tuple):
            _label_each(name, self, Given(args, kwargs), out, before)
            return named(op, out)
        edge = getattr(out, "_edge", None)
        if edge is not None and edge is not before and type(edge) is not Leaf:
            label = name(self, Given(args, kwargs)) if calculated else name
            if label is not None:
                edge.label = label
        return named(op, out) if typed else out

    return call
