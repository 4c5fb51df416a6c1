"""Random ops on a tensor: dropout, trials, and new values in place."""

from __future__ import annotations

import math

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import DType, Number, Tensor
from lightgrad.autograd.dtypes import FLOATS, as_dtype, number
from lightgrad.autograd.generator import Generator, draw
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.ops.rounding import flat
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import rebase
from lightgrad.errors import ArgumentError, DtypeError

op = AbstractTensor.register_op


@op()
def dropout(
    t: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Zero each element with probability p and scale the others by :math:`1 / (1 - p)`.

    Without ``training``, and for p = 0, the tensor itself.  Source:
    torch.nn.functional.dropout; Srivastava et al. (2014).

    >>> import lightgrad as light
    >>> y = light.ones(1000).dropout(0.2, generator=light.Generator(0))
    >>> sorted(set(y.tolist())), round(y.mean().item(), 1)
    ([0.0, 1.25], 1.0)
    """
    p = probability("dropout", p)
    if t.dtype not in FLOATS:
        raise DtypeError(f"dropout: needs a floating tensor, not {t.dtype}; use float()")
    if not training or p == 0:
        return t
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = draw(type(t), "mask", t.shape, as_dtype(t.dtype), generator, 1 - p, scale, like=t)
    return t._inplace("mul", mask) if inplace else t.mul(mask)


@op()
def bernoulli(t: Tensor, generator: Generator | None = None) -> Tensor:
    """One with the probability each element gives, else zero; no gradient.

    Source: torch.bernoulli.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0]).bernoulli()
    tensor([0., 1.])
    """
    return _trials(t, generator)


def _trials(t: Tensor, generator: Generator | None, into: Tensor | None = None) -> Tensor:
    p = t.detach()
    if p.dtype not in FLOATS:
        raise DtypeError(f"bernoulli: needs a floating tensor of probabilities, not {t.dtype}")
    if not bool(p.ge(0).logical_and(p.le(1)).all()):
        raise ArgumentError(f"bernoulli: the probabilities (shape {t.shape}) must be in [0, 1]")
    return draw(type(t), "bernoulli", t.shape, as_dtype(t.dtype), generator, p, into=into)


# ----------------------------------------------------------------- in place


def _fill(t: Tensor, name: str, values: Tensor) -> Tensor:
    """Overwrite ``t``; the gradient of what it was computed from is zero."""
    recorded = is_grad_enabled() and t._has_history()
    t._check_writable(name, recorded)
    if recorded:
        flat(values, t)
    t._overwrite(name, values)
    t._touch()
    if recorded:
        rebase(t, values._edge)
    return t


def _draw(t: Tensor, kind: str, generator: Generator | None, *params: Number) -> Tensor:
    return draw(type(t), kind, t.shape, as_dtype(t.dtype), generator, *params, into=t)


def _need_float(t: Tensor, name: str) -> None:
    if t.dtype not in FLOATS:
        raise DtypeError(f"{name}_: needs a floating tensor, not {t.dtype}; use random_()")


@op()
def uniform_(
    t: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Overwrite with numbers evenly distributed over [low, high).

    Source: torch.Tensor.uniform_.

    >>> import lightgrad as light
    >>> light.zeros(2, requires_grad=False).uniform_(3, 3)
    tensor([3., 3.])
    """
    _need_float(t, "uniform")
    return _fill(t, "uniform", _draw(t, "uniform", generator, *bounds("uniform_", low, high)))


@op()
def normal_(
    t: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Overwrite with normal numbers.  Source: torch.Tensor.normal_.

    >>> import lightgrad as light
    >>> light.zeros(2, requires_grad=False).normal_(1, 0)
    tensor([1., 1.])
    """
    _need_float(t, "normal")
    mean, std = float(number("normal_", "mean", mean)), deviation("normal_", std)
    return _fill(t, "normal", _draw(t, "normal", generator, mean, std))


@op()
def bernoulli_(t: Tensor, p: Number = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with ones of probability p, else zeros.  Source: torch.Tensor.bernoulli_.

    >>> import lightgrad as light
    >>> light.zeros(2, requires_grad=False).bernoulli_(1)
    tensor([1., 1.])
    """
    if isinstance(p, AbstractTensor):
        values = _trials(p.expand(t.shape), generator, into=t).to(t.dtype)
    else:
        values = _draw(t, "bernoulli", generator, probability("bernoulli_", p))
    return _fill(t, "bernoulli", values)


@op()
def random_(
    t: Tensor,
    low: Number | None = None,
    high: Number | None = None,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Overwrite with integers of [low, high), [0, low) or all the dtype can count.

    ``random_()`` draws from 0 to the largest integer the dtype can hold (for
    floats, up to which it holds every integer).  Source: torch.Tensor.random_.

    >>> import lightgrad as light
    >>> light.zeros(2, requires_grad=False).random_(5, 6)
    tensor([5., 5.])
    """
    kind = "all_integers" if low is None and high is None else "integers"
    if high is None:
        low, high = 0, _count(as_dtype(t.dtype)) if low is None else low
    limits = integer_bounds("random_", 0 if low is None else low, high, as_dtype(t.dtype))
    return _fill(t, "random", _draw(t, kind, generator, *limits))


def _count(dtype: DType) -> int:
    """How many integers from 0 on a dtype tells apart."""
    if dtype in FLOATS:
        return {2: 2**11, 4: 2**24, 8: 2**53}[dtype.itemsize] + 1
    return 2 ** (8 * dtype.itemsize - (dtype.kind == "i")) if dtype.kind != "b" else 2


# ----------------------------------------------------------------- arguments


def probability(op: str, p: Number) -> float:
    if not hasattr(p, "__float__") or getattr(p, "shape", None):
        raise DtypeError(f"{op}: the probability must be a number, not {p!r}")
    if not 0 <= float(p) <= 1:
        raise ArgumentError(f"{op}: the probability must be in [0, 1], not {p}")
    return float(p)


def bounds(op: str, low: Number, high: Number) -> tuple[float, float]:
    low, high = float(number(op, "low", low)), float(number(op, "high", high))
    if not (low <= high and math.isfinite(high - low)):
        raise ArgumentError(f"{op}: no finite range goes from {low} to {high}")
    return low, high


def deviation(op: str, std: Number) -> float:
    if not number(op, "std", std) >= 0:
        raise ArgumentError(f"{op}: std must not be negative, not {std}")
    return float(std)


def integer_bounds(op: str, low: Number, high: Number, dtype: DType) -> tuple[int, int]:
    first, last = shapes.whole(low), shapes.whole(high)
    if first is None or last is None:
        raise DtypeError(f"{op}: low and high must be integers, not {low!r} and {high!r}")
    if not -(2**63) <= first < last <= 2**63:
        raise ArgumentError(f"{op}: there is no int64 in [{low}, {high})")
    if dtype not in FLOATS:
        least = -(2 ** (8 * dtype.itemsize - 1)) if dtype.kind == "i" else 0
        if first < least or last > _count(dtype):
            raise ArgumentError(f"{op}: not all integers in [{low}, {high}) fit into {dtype}")
    return first, last
