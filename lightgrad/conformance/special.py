"""Parts of levels 2 to 7: NaN, infinities, signed zeros, limits, large numbers in few bits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.conformance.case import Call, Case, call, differentiate
from lightgrad.conformance.checks import Check, direction, expected
from lightgrad.conformance.samples import between, distinct, normal
from lightgrad.conformance.target import Mismatch, Target, agree, near, oracle
from lightgrad.errors import LightgradError

# ----------------------------------------------------------------- NaN and infinities

#: their results do not follow from the values alone, or only for numbers that can be compared
_SPARED = {"bernoulli", "bernoulli_", "dropout", "normal_", "random_", "uniform_", "unique"}
_SPARED |= {"apply_update_", "distinct", "searchsorted", "allclose", "nan_to_num"}
_SPARED |= {"cast", "int", "long", "short", "half", "char", "byte", "type_as"}  # undefined in C
#: whether a weight meets the zeros of a border, and NaN comes of it, is up to the kernel
_SPARED |= {"convolution_input", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"}


def poisoned(given: Call) -> Iterator[tuple[str, Call]]:
    """The call with one element of one array replaced, for each array and several values."""
    floats = [i for i, a in enumerate(given.arrays) if a.dtype == np.float64 and a.size]
    for i in floats:
        for value in (nan, inf, -inf):
            number = iter(range(len(given.arrays)))

            def put(a: np.ndarray, i: int = i, v: float = value, n: Any = number) -> np.ndarray:
                if next(n) != i:
                    return a
                new = a.copy()
                new.reshape(-1)[(2 * new.size) // 3] = v
                return new

            yield f"{value} in array {i}", given.mapped(put)


def _poison(case: Case) -> Callable[[Target], None]:
    if not isinstance(case.reference, np.ufunc):  # others hold where the row says
        case = replace(case, reference=None)

    def run(target: Target) -> None:
        for what, given in poisoned(case.call.rounded(target.dtype)):
            try:
                true = expected(case, given)
            except LightgradError:
                continue
            results = case.run(target.given(given, target.dtype))
            for y, e in zip(results, true, strict=True):
                agree(f"the result with {what}", y, e, target.dtype, case.loose)

    return run


# ----------------------------------------------------------------- signed zeros

ZEROS = np.array([0.0, -0.0, 0.0, -0.0, 2.0, -2.0])
OTHERS = np.array([3.0, 3.0, -3.0, -3.0, -0.0, -0.0])
#: ops whose zeros have a sign that IEEE 754 or C fixes
SIGNED = (
    *("neg", "abs", "sin", "tan", "asin", "atan", "sinh", "tanh", "sqrt", "expm1", "log1p"),
    *("floor", "ceil", "trunc", "round", "clone", "square", "reciprocal", "erf"),
)
SIGNED_PAIRS = ("add", "sub", "mul", "div", "atan2", "fmod")


def _same_zeros(what: str, values: np.ndarray, true: np.ndarray) -> None:
    near(what, values, true, 1e-2 if values.dtype == np.float16 else 3e-5)
    wrong = (true == 0) & (np.signbit(true) != np.signbit(values))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise Mismatch(f"{what}: the sign of the zero at {place} is wrong, it is {values[place]!s}")


def _zeros(op: str) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        zeros = ZEROS / 4 if op in ("asin", "sqrt", "log1p") else ZEROS
        arrays = [abs(zeros) * np.sign(1 / zeros) * (zeros == 0) if op == "sqrt" else zeros]
        if op in SIGNED_PAIRS:
            arrays.append(OTHERS if op != "fmod" else abs(OTHERS) + 1)
        true = getattr(CpuTensor, op)(*(CpuTensor.from_numpy(a, False) for a in arrays)).numpy()
        mine = [target.tensor(a.astype(target.dtype)) for a in arrays]
        _same_zeros("the result", getattr(mine[0], op)(*mine[1:]).numpy(), true)

    return run


def _moved(case: Case) -> Callable[[Target], None]:
    """Ops that only move elements keep every bit: of NaN, infinities, -0 and the smallest."""
    special = [-0.0, 0.0, nan, inf, -inf, 1.5]

    def run(target: Target) -> None:
        limits = np.finfo(target.dtype)
        values = np.array([*special, float(limits.max), float(limits.tiny), -float(limits.tiny)])
        given = case.call.mapped(
            lambda a: np.resize(values, a.shape) if a.dtype == np.float64 else a
        )
        true = expected(case, given)
        for y, e in zip(case.run(target.given(given, target.dtype)), true, strict=True):
            _same_zeros("the result", y.numpy(), np.asarray(getattr(e, "data", e)))

    return run


# ----------------------------------------------------------------- far from zero

FAR = (18.0, 40.0, 95.0, 1e4, 1e7, 1e19, 1e30)
#: functions with limits, or that become straight lines
SATURATING = (
    *("tanh", "sigmoid", "erf", "erfc", "atan", "softsign", "tanhshrink", "exp", "expm1"),
    *("relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus"),
    *("logsigmoid", "hardtanh", "hardsigmoid", "hardswish", "softshrink", "hardshrink"),
)
FAR_CALLS: list[tuple[str, Any]] = [
    *((op, lambda t, op=op: getattr(t, op)()) for op in SATURATING),
    ("gelu", lambda t: t.gelu(approximate="tanh")),
    ("softplus", lambda t: t.softplus(2.0)),
    ("elu", lambda t: t.elu(0.5)),
    ("softmax", lambda t: t.reshape(-1, 1).mul(_row_of(t)).softmax(1)),
    ("log_softmax", lambda t: t.reshape(-1, 1).mul(_row_of(t)).log_softmax(1)),
    ("logsumexp", lambda t: t.reshape(-1, 1).mul(_row_of(t)).logsumexp(1)),
    (
        "binary_cross_entropy_with_logits",
        lambda t: t.binary_cross_entropy_with_logits(t.detach().mul(0).add(0.25), reduction="none"),
    ),
    (
        "cross_entropy",
        lambda t: (
            t.reshape(-1, 1)
            .mul(_row_of(t))
            .cross_entropy(t.detach().mul(0).long(), reduction="none")
        ),
    ),
]


def _row_of(t: Any) -> Any:
    """[1, -1, 0.5] where t is."""
    return type(t).from_numpy(np.array([1.0, -1.0, 0.5], np.dtype(t.dtype)), requires_grad=False)


def _limits(
    what: str, values: np.ndarray, true: np.ndarray, x: np.ndarray, least: float = 1.0
) -> None:
    """Near the oracle, relative to ``least`` at least; equal to it where it has reached a limit."""
    limits = np.finfo(values.dtype)
    with np.errstate(all="ignore"):
        rounded = true.astype(values.dtype).astype(np.float64)
    fits = np.abs(true) < 0.5 * float(limits.max)
    tiny = np.abs(true) < float(limits.tiny)
    wide = values.astype(np.float64)
    size = np.maximum(np.abs(rounded), least)
    with np.errstate(all="ignore"):
        close = np.abs(wide - rounded) <= 64 * float(limits.eps) * size
        close |= tiny & (np.abs(wide) <= 2 * float(limits.tiny))
        exact = np.isin(true, (1.0, -1.0, 2.0))
        if x.shape == true.shape:  # a slope is multiplied by what may be as large as x
            close &= (true != 0) | (np.abs(wide) * np.abs(x) <= 64 * float(limits.eps))
        for line in (x, -x):
            if line.shape == true.shape:
                exact |= true == line
    bad = fits & ~np.where(exact, wide == rounded, close)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        at = f" at x = {x[place]:g}" if x.shape == true.shape else ""
        raise Mismatch(f"{what}{at} is {values[place]!s}, expected {rounded[place]!s}")


def _far(op: str, fn: Any) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        top = float(np.finfo(target.dtype).max) / 16
        top = min(top, 1e8) if op == "softsign" else top  # a difference of two small numbers
        x = np.array([s * v for v in FAR if v < top for s in (1, -1)]).astype(target.dtype)
        wide = x.astype(np.float64)
        mine, true = target.tensor(x, True), CpuTensor.from_numpy(wide, True)
        y, e = fn(mine), fn(true)
        least = 1e-30 if op in SATURATING else 1.0
        _limits("the value", y.numpy(), e.numpy(), wide, least)
        ones = np.ones(e.shape) + np.arange(e.numpy().size).reshape(e.shape) % 2
        (g,) = differentiate([y], [mine], [direction(y, ones)])
        (d,) = differentiate([e], [true], [direction(e, ones)])
        _limits("the gradient", g.numpy() / np.asarray(1, g.dtype), d.numpy(), wide)

    return run


# ----------------------------------------------------------------- large in few bits


def _spread(n: int, size: float) -> np.ndarray:
    return distinct(4, n) / (0.05 * n) * size


#: what is squared or added up must not leave the dtype, though the result is in it
LARGE: list[tuple[str, Callable[[float], Call], float]] = [
    # op, arguments for a size s (whose square is too large, while s itself is not)
    ("norm", lambda s: call(np.array([0.6 * s, 0.8 * s])), 1),
    ("norm", lambda s: call(_spread(50, s), 2, 1), 1),
    ("std", lambda s: call(_spread(50, s), 1), 2),
    ("normalize", lambda s: call(_spread(50, s), dim=1), 1),
    ("cosine_similarity", lambda s: call(_spread(8, s), _spread(8, s)[:, ::-1] + s / 9, -1), 2),
    ("layer_norm", lambda s: call(_spread(50, s), (50,)), 2),
    ("rms_norm", lambda s: call(_spread(50, s), (50,)), 2),
    ("group_norm", lambda s: call(_spread(48, s).reshape(2, 4, 24), 2), 2),
    ("instance_norm", lambda s: call(_spread(48, s).reshape(2, 4, 24)), 2),
    ("batch_norm", lambda s: call(_spread(48, s).reshape(4, 2, 24), None, None, training=True), 2),
    ("logsumexp", lambda s: call(_spread(50, s), 1), 1),
    ("softmax", lambda s: call(_spread(50, s), 1), 1),
]
#: sums that are too large, or too long for few bits, though their mean is not
LONG: list[tuple[str, Callable[[], Call]]] = [
    ("mean", lambda: call(between(40, 60, 5000))),
    ("mean", lambda: call(between(40, 60, 3, 5000), 1)),
    ("mean", lambda: call(between(40, 60, 5000, 3), 0)),
    ("sum", lambda: call(between(0, 1, 5000))),
    ("sum", lambda: call(between(0, 1, 5000, 3), 0)),
    ("sum", lambda: call(np.ones(5001))),
    ("cumsum", lambda: call(between(0, 1, 5000), 0)),
    ("std", lambda: call(between(0, 1, 5000))),
    ("var", lambda: call(between(-300, 300, 64))),
    ("norm", lambda: call(between(0, 1, 5000))),
    ("avg_pool2d", lambda: call(np.ones((1, 1, 64, 64)), 64)),
    ("avg_pool2d", lambda: call(between(40, 60, 1, 2, 64, 64), 64)),
    ("avg_pool1d", lambda: call(between(0, 1, 1, 2, 4096), 4096)),
    ("adaptive_avg_pool2d", lambda: call(between(40, 60, 1, 2, 64, 64), 1)),
    ("softmax", lambda: call(normal(2, 5000), 1)),
    ("logsumexp", lambda: call(normal(2, 5000), 1)),
    ("log_softmax", lambda: call(normal(2, 5000), 1)),
    ("matmul", lambda: call(between(0, 1, 2, 5000), between(0, 1, 5000, 3) / 50)),
    ("linear", lambda: call(between(0, 1, 2, 5000), between(0, 1, 3, 5000) / 50)),
    ("layer_norm", lambda: call(normal(2, 5000) * 300, (5000,))),
    ("l1_loss", lambda: call(between(10, 60, 5000), between(-60, -10, 5000))),
    ("mse_loss", lambda: call(between(100, 200, 5000), between(-20, 0, 5000))),
    ("index_add", lambda: call(np.zeros(3), 0, np.arange(5000) % 3, between(0, 1, 5000))),
    ("scatter_add", lambda: call(np.zeros(3), 0, np.arange(5000) % 3, between(0, 1, 5000))),
    ("index_backward", lambda: call(between(0, 1, 5000), (3,), (0,), np.arange(5000) % 3)),
    ("gather_backward", lambda: call(between(0, 1, 5000), (3,), 0, np.arange(5000) % 3)),
]


# Long: value and gradient are compared in the same way, of two sizes of the gradient.
def _in_few_bits(op: str, arguments: Callable[[], Call], dtype: Any, ulps: float) -> Any:
    """Value and gradient, within some roundings of the largest element."""
    case = Case(op, call(), 7)

    def run(target: Target) -> None:
        kind = np.dtype(dtype)
        given = arguments().rounded(kind)
        mine, true = target.given(given, kind, True), oracle(given, True)
        eps = ulps * float(np.finfo(kind).eps)
        for y, e in zip(case.run(mine), case.run(true), strict=True):
            _close("the result", y, e.numpy(), eps, kind)
            if not (y.requires_grad and e.requires_grad):
                continue
            v = np.ones(e.shape) * (1 + np.arange(max(1, e.numel())).reshape(e.shape) % 2) / 2
            mines = [t for t in mine.tensors() if t.requires_grad]
            trues = [t for t in true.tensors() if t.requires_grad]
            grads = differentiate([y], mines, [direction(y, v)])
            for g, d in zip(grads, differentiate([e], trues, [direction(e, v)]), strict=True):
                if g is not None and d is not None:
                    _close("the gradient", g, d.numpy(), 4 * eps, kind)

    return run


def _close(what: str, result: Any, true: np.ndarray, eps: float, kind: np.dtype) -> None:
    """Relative to the largest element, and to what the dtype can tell from zero."""
    values = result.numpy().astype(np.float64)
    least = float(np.finfo(kind).smallest_subnormal)
    scale = float(np.abs(true).max(initial=0))
    off = np.abs(values - true)
    wrong = ~(off <= eps * scale + least)
    if result.dtype != kind:
        raise Mismatch(f"{what} has dtype {result.dtype}, expected {kind}")
    if wrong.any():
        place = tuple(
            int(i) for i in np.unravel_index(np.argmax(np.where(wrong, off, -1)), off.shape)
        )
        raise Mismatch(
            f"{what} in {kind} at {place}: {values[place]:.8g}, expected {true[place]:.8g}: "
            f"squares and sums need a wider dtype inside"
        )


# ----------------------------------------------------------------- nothing to average


#: every target ignored, and a part of them
IGNORED: list[tuple[str, Callable[..., Any]]] = [
    ("cross_entropy", lambda t, c: t.cross_entropy(c)),
    ("cross_entropy", lambda t, c: t.cross_entropy(c, reduction="sum")),
    ("cross_entropy", lambda t, c: t.cross_entropy(c, reduction="none").sum()),
    ("cross_entropy", lambda t, c: t.cross_entropy(c, label_smoothing=0.1)),
    ("nll_loss", lambda t, c: t.log_softmax(1).nll_loss(c)),
    ("nll_loss", lambda t, c: t.log_softmax(1).nll_loss(c, reduction="sum")),
]


def _ignored(fn: Callable[..., Any], classes: list[int], value: float | None) -> Any:
    """The gradient is zero where every target is ignored, though the mean is NaN."""

    def run(target: Target) -> None:
        target.require(np.int64)
        t = target.tensor(normal(len(classes), 4).astype(target.dtype), True)
        loss = fn(t, target.tensor(np.array(classes)))
        loss.backward()
        if value is not None:
            near("the loss", loss.numpy(), np.asarray(value, target.dtype), 0.0)
        ignored = np.array(classes) == -100
        grad = t.grad.numpy()
        near("the gradient of ignored rows", grad[ignored], 0 * normal(int(ignored.sum()), 4), 0.0)
        if not np.isfinite(grad).all():
            raise Mismatch(f"the gradient of targets {classes} is not finite")

    return run


# ----------------------------------------------------------------- all of it


def checks(level: int, cases: list[Case], target: Target) -> Iterator[Check]:
    """The checks of special values of one level, whose cases are ``cases``."""
    seen: dict[str, int] = {}
    for case in cases:
        seen[case.op] = n = seen.get(case.op, 0) + 1
        made = case.op.endswith("_backward") and target.path(case.op) == "derived"
        if n <= 2 and case.call.floats and case.op not in _SPARED and not made:
            yield Check(level, case.op, f"{case.name} with NaN and infinities", _poison(case))
    if level == 2:
        for op in (*SIGNED, *SIGNED_PAIRS):
            if op == "sqrt" and target.path(op) == "derived":
                continue  # a power of one half has no negative zero
            yield Check(2, op, f"{op} of signed zeros", _zeros(op))
    if level == 3:
        for case in cases:
            if case.op in MOVING and case.call.floats and seen[case.op]:
                yield Check(3, case.op, f"{case.name} keeps every bit", _moved(case))
    if level == 5:
        for op, fn in FAR_CALLS:
            yield Check(5, op, f"{op} far from zero", _far(op, fn))
        for op, fn in IGNORED:
            for classes, value in (([-100, -100], None), ([-100, 2, -100], None)):
                yield Check(5, op, f"{op} with targets {classes}", _ignored(fn, classes, value))
    if level == 7:
        yield from _few_bits(target)


#: ops that move elements; `mul` and others stand in the same table for views
MOVING = {
    *("reshape", "view", "flatten", "permute", "transpose", "squeeze", "unsqueeze", "expand"),
    *("contiguous", "narrow", "split", "chunk", "unbind", "slice_view", "cat", "stack", "join"),
    *("flip", "roll", "repeat", "tile", "repeat_interleave", "unfold", "tril", "triu"),
    *("diagonal", "clone", "pad", "pad_constant", "movedim", "swapaxes", "transfer"),
}


def _few_bits(target: Target) -> Iterator[Check]:
    if not target.manifest.supports("float16"):
        return
    for op, arguments, ulps in LARGE:
        made = partial(arguments, 500.0)
        name = f"{op} of large numbers in float16"
        yield Check(7, op, name, _in_few_bits(op, made, "float16", 8 * ulps))
    for op, many in LONG:
        yield Check(7, op, f"{op} of many float16", _in_few_bits(op, many, "float16", 2))
