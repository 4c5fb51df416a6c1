"""Kernels made of other ops, for devices that have those and not the op itself.

Gradients stay those of the rules.  Where a device lacks one of the ops named,
the op runs on the host instead, which is one copy each way and not several.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from lightgrad.autograd.contract import Number, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops import (
    activation,
    clamp,
    comparison,
    elementary,
    indexing,
    loss,
    reduction,
    relu,
    softmax,
    statistics,
    trigonometry,
)
from lightgrad.autograd.shapes import Shape

_F = TypeVar("_F", bound=Callable[..., Tensor])


def _kernel(rule: type[Function], *needs: str) -> Callable[[_F], _F]:
    def keep(fn: _F) -> _F:
        rule.derived, rule.needs = fn, needs
        return fn

    return keep


# ----------------------------------------------------------------- comparison and predicates

_compared: Any = comparison  # they are made in a loop, which mypy cannot see
_kernel(_compared.gt, "lt")(lambda a, b: b.lt(a))
_kernel(_compared.ge, "le")(lambda a, b: b.le(a))
_kernel(_compared.le, "lt", "eq", "logical_or")(lambda a, b: a.lt(b).logical_or(a.eq(b)))
_kernel(_compared.ne, "eq", "logical_not")(lambda a, b: a.eq(b).logical_not())
_kernel(_compared.logical_not, "eq")(lambda a: a.eq(0))
_kernel(_compared.isnan, "eq", "logical_not")(lambda a: a.eq(a).logical_not())
_kernel(_compared.isinf, "abs", "eq")(lambda a: a.abs().eq(math.inf))
_kernel(_compared.isfinite, "abs", "lt")(lambda a: a.abs().lt(math.inf))

# ----------------------------------------------------------------- elementary functions

_kernel(elementary.exp2, "exp")(lambda a: a.mul(math.log(2)).exp())
_kernel(elementary.log2, "log")(lambda a: a.log().mul(1 / math.log(2)))
_kernel(elementary.log10, "log")(lambda a: a.log().mul(1 / math.log(10)))
_kernel(trigonometry.tan, "sin", "cos")(lambda a: a.sin().div(a.cos()))
_kernel(trigonometry.cosh, "exp")(lambda a: _half_exp(a).add(_half_exp(a.neg())))
_kernel(elementary.rsqrt, "sqrt")(lambda a: a.sqrt().reciprocal())
_kernel(indexing.masked_fill, "where")(lambda a, mask, value: _like(a, value).where(mask, a))


def _half_exp(a: Tensor) -> Tensor:
    """The value exp(a) / 2, also where exp(a) alone is too large."""
    root = a.mul(0.5).exp()
    return root.mul(0.5).mul(root)


#: by bytes per element: times the largest number it is below the last digit of its root
_TINY = {2: 2.0**-24, 4: 2.0**-100, 8: 2.0**-1000}


@_kernel(elementary.sqrt)
def _sqrt(a: Tensor) -> Tensor:
    # pow(-inf, 0.5) is inf; adding a nothing of a, -inf here, makes it the NaN that a root is
    return a.pow(0.5).add(a.mul(_TINY[as_dtype(a.dtype).itemsize]))


def _like(a: Tensor, value: Tensor | Number) -> Tensor:
    return value if is_tensor(value) else a._lift(value, a.dtype)


# ----------------------------------------------------------------- reductions and bounds


@_kernel(clamp.clamp_between, "maximum", "minimum")
def _clamp_between(a: Tensor, low: float, high: float) -> Tensor:
    if a.dtype.kind != "f":  # numbers that the dtype can hold
        bits = 8 * a.dtype.itemsize - (a.dtype.kind == "i")
        low, high = max(low, -(2**bits) * (a.dtype.kind == "i")), min(high, 2**bits - 1)
    return a.maximum(a._lift(low, a.dtype)).minimum(a._lift(high, a.dtype))


@_kernel(clamp.clamp_backward, "le", "ge", "logical_and", "where")
def _clamp_backward(g: Tensor, a: Tensor, low: float, high: float) -> Tensor:
    return g.where(a.ge(low).logical_and(a.le(high)), 0)


@_kernel(statistics.var, "sum")
def _var(t: Tensor, dims: Shape | None, keepdim: bool, correction: float) -> Tensor:
    away = t.sub(t.mean(dims, True))
    freedom = reduction.count(t.shape, dims) - correction
    total = away.mul(away).sum(dims, keepdim)
    return total.mul(1 / freedom) if freedom > 0 else total.div(0)


@_kernel(statistics.std, "sum")
def _std(t: Tensor, dims: Shape | None, keepdim: bool, correction: float) -> Tensor:
    return _var(t, dims, keepdim, correction).sqrt()


def _less_highest(t: Tensor, dim: int) -> Tensor:
    return t.sub(t.amax(dim, True)) if t.numel() else t


@_kernel(softmax.softmax, "amax", "exp", "sum")
def _softmax(t: Tensor, dim: int) -> Tensor:
    e = _less_highest(t, dim).exp()
    return e.div(e.sum(dim, True))


@_kernel(softmax.log_softmax, "amax", "exp", "sum", "log")
def _log_softmax(t: Tensor, dim: int) -> Tensor:
    y = _less_highest(t, dim)
    return y.sub(y.exp().sum(dim, True).log())


def _rest(shape: Shape, dims: Shape | None) -> Shape:
    return () if dims is None else tuple(n for i, n in enumerate(shape) if i not in dims)


@_kernel(softmax.logsumexp, "amax", "exp", "sum", "log", "isinf", "masked_fill", "reshape")
def _logsumexp(t: Tensor, dims: Shape | None, keepdim: bool) -> Tensor:
    top = t.amax(dims, True) if t.numel() else t.sum(dims, True)
    top = top.masked_fill(top.isinf(), 0)
    total = t.sub(top).exp().sum(dims, True).log().add(top)
    return total if keepdim else total.reshape(_rest(t.shape, dims))


# ----------------------------------------------------------------- activations and losses


@_kernel(loss.bernoulli_cross_entropy, "log", "log1p", "clamp_between")
def _bernoulli_cross_entropy(x: Tensor, y: Tensor) -> Tensor:
    yes, no = x.log().clamp_min(-100), x.neg().log1p().clamp_min(-100)
    return y.sub(1).mul(no).sub(y.mul(yes))


_kernel(activation.sigmoid, "exp")(lambda a: a.neg().exp().add(1).reciprocal())
_kernel(relu.relu, "maximum")(lambda a: a.maximum(a._lift(0, a.dtype)))
_kernel(activation.silu, "sigmoid")(lambda a: a.mul(a.sigmoid()))
_kernel(activation.logsigmoid, "abs", "exp", "log1p", "minimum")(
    lambda a: a.minimum(a._lift(0.0)).sub(a.abs().neg().exp().log1p())
)
_kernel(activation.logsigmoid_backward, "sigmoid")(lambda g, a: g.mul(a.neg().sigmoid()))


@_kernel(activation.silu_backward, "sigmoid")
def _silu_backward(g: Tensor, a: Tensor) -> Tensor:
    s = a.sigmoid()
    return g.mul(s.mul(s.neg().add(1).mul(a).add(1)))


@_kernel(relu.leaky_relu, "where", "gt")
def _leaky_relu(a: Tensor, slope: float) -> Tensor:
    return a.where(a.gt(0), a.mul(slope))


@_kernel(relu.leaky_relu_backward, "where", "gt")
def _leaky_relu_backward(g: Tensor, a: Tensor, slope: float) -> Tensor:
    return g.where(a.gt(0), g.mul(slope))


@_kernel(relu.hardtanh, "clamp_between")
def _hardtanh(a: Tensor, low: float, high: float) -> Tensor:
    return a.clamp_between(low, high)


@_kernel(relu.hardtanh_backward, "le", "ge", "logical_or", "masked_fill")
def _hardtanh_backward(g: Tensor, a: Tensor, low: float, high: float) -> Tensor:
    return g.masked_fill(a.le(low).logical_or(a.ge(high)), 0)


@_kernel(relu.exponential_linear, "where", "gt", "expm1", "minimum")
def _exponential_linear(a: Tensor, alpha: float, scale: float, rate: float) -> Tensor:
    curve = a.minimum(a._lift(0.0)).mul(rate).expm1().mul(alpha * scale)
    return a.mul(scale).where(a.gt(0), curve)


@_kernel(relu.exponential_linear_backward, "where", "gt", "exp", "minimum")
def _exponential_linear_backward(
    g: Tensor, a: Tensor, alpha: float, scale: float, rate: float
) -> Tensor:
    slope = a.minimum(a._lift(0.0)).mul(rate).exp().mul(alpha * scale * rate)
    return g.mul(scale).where(a.gt(0), g.mul(slope))


@_kernel(activation.softplus, "where", "gt", "logsigmoid")
def _softplus(a: Tensor, beta: float, threshold: float) -> Tensor:
    z = a.mul(beta)
    return a.where(z.gt(threshold), z.neg().logsigmoid().mul(-1 / beta))


@_kernel(activation.softplus_backward, "where", "gt", "sigmoid")
def _softplus_backward(g: Tensor, a: Tensor, beta: float, threshold: float) -> Tensor:
    z = a.mul(beta)
    return g.where(z.gt(threshold), g.mul(z.sigmoid()))


def _mish_parts(a: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The value a, at most 40, its exponential, and n and m = n + 2 of the gate n / m."""
    a = a.minimum(a._lift(40.0))
    e = a.exp()
    n = e.mul(e.add(2))
    return a, e, n, n.add(2)


@_kernel(activation.mish, "minimum", "exp")
def _mish(a: Tensor) -> Tensor:
    _, _, n, m = _mish_parts(a)
    return a.mul(n.div(m))


@_kernel(activation.mish_backward, "minimum", "exp")
def _mish_backward(g: Tensor, a: Tensor) -> Tensor:
    a, e, n, m = _mish_parts(a)
    return g.mul(n.div(m).add(a.mul(e.mul(e.add(1)).div(m).div(m).mul(4))))


@_kernel(activation.hardswish, "clamp_between")
def _hardswish(a: Tensor) -> Tensor:
    return a.mul(a.add(3).clamp_between(0.0, 6.0).div(6))


@_kernel(activation.hardswish_backward, "where", "ge", "le", "masked_fill")
def _hardswish_backward(g: Tensor, a: Tensor) -> Tensor:
    return g.where(a.ge(3), g.mul(a.div(3).add(0.5))).masked_fill(a.le(-3), 0)


_C, _K = math.sqrt(2 / math.pi), 0.044715


def _gate(a: Tensor, approximate: str) -> Tensor:
    """The factor that gelu multiplies a with."""
    if approximate == "none":
        return a.mul(-math.sqrt(0.5)).erfc().mul(0.5)
    return a.mul(a.mul(a).mul(2 * _C * _K).add(2 * _C)).sigmoid()  # (1 + tanh u) / 2


@_kernel(activation.gelu, "erfc", "sigmoid")
def _gelu(a: Tensor, approximate: str) -> Tensor:
    return a.mul(_gate(a, approximate))


@_kernel(activation.gelu_backward, "erfc", "sigmoid", "exp")
def _gelu_backward(g: Tensor, a: Tensor, approximate: str) -> Tensor:
    p, square = _gate(a, approximate), a.mul(a)
    if approximate == "none":
        return g.mul(p.add(a.mul(square.mul(-0.5).exp().mul(1 / math.sqrt(2 * math.pi)))))
    inner = square.mul(3 * _C * _K).add(_C)  # p = (1 + tanh u) / 2 has p' = 2 p (1 - p) u'
    return g.mul(p.add(a.mul(p.mul(p.neg().add(1)).mul(2).mul(inner))))
