"""Random ops of further distributions: new values in place, and draws for each parameter."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import FLOATS, as_dtype, float64, is_float, number
from lightgrad.autograd.generator import Generator, draw
from lightgrad.autograd.ops.random import _draw, _fill, _need_float
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

#: the least normal number of a floating dtype, by its bytes
_LEAST = {2: 2.0**-14, 4: 2.0**-126, 8: 2.0**-1022}


def _positive(op: str, name: str, value: Any) -> float:
    if not number(op, name, value) > 0:
        raise ArgumentError(f"{op}: {name} must be positive, not {value}")
    return float(value)


def exponential(t: Tensor, generator: Generator | None, rate: float, **where: Any) -> Tensor:
    """Exponential numbers of the shape, dtype and class of a tensor."""
    if type(t)._stream is not None:
        return draw(type(t), "exponential", t.shape, as_dtype(t.dtype), generator, rate, **where)
    return _unit(t, generator).neg().log1p().mul(-1 / rate)


def _unit(t: Tensor, generator: Generator | None) -> Tensor:
    return draw(type(t), "uniform", t.shape, as_dtype(t.dtype), generator, 0.0, 1.0)


# ----------------------------------------------------------------- in place


@op()
def exponential_(t: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with waiting times, of density :math:`\\lambda e^{-\\lambda x}`.

    Source: torch.Tensor.exponential_.

    >>> import lightgrad as light
    >>> bool((light.zeros(9, requires_grad=False).exponential_(2.0) >= 0).all())
    True
    """
    _need_float(t, "exponential")
    rate = _positive("exponential_", "lambd", lambd)
    return _fill(t, "exponential", exponential(t, generator, rate, into=t))


@op()
def geometric_(t: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with numbers of trials up to a success of probability p.

    Source: torch.Tensor.geometric_.

    >>> import lightgrad as light
    >>> bool((light.zeros(9, requires_grad=False).geometric_(0.5) >= 1).all())
    True
    """
    if not 0 < number("geometric_", "p", p) < 1:
        raise ArgumentError(f"geometric_: p must be between 0 and 1, not {p}")
    if type(t)._stream is not None:
        return _fill(t, "geometric", _draw(t, "geometric", generator, float(p)))
    like = t if t.dtype in FLOATS else t.detach().float()
    waits = exponential(like, generator, -math.log1p(-p)).ceil().clamp(min=1)
    return _fill(t, "geometric", waits.to(t.dtype))


@op()
def cauchy_(
    t: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Overwrite with numbers of Cauchy's distribution: :math:`m + \\sigma \\tan(\\pi (u - 1/2))`.

    Source: torch.Tensor.cauchy_.

    >>> import lightgrad as light
    >>> light.zeros(2, requires_grad=False).cauchy_().shape
    (2,)
    """
    _need_float(t, "cauchy")
    median, sigma = float(number("cauchy_", "median", median)), _positive("cauchy_", "sigma", sigma)
    if type(t)._stream is not None:
        return _fill(t, "cauchy", _draw(t, "cauchy", generator, median, sigma))
    turns = _unit(t, generator).sub(0.5).mul(math.pi)
    return _fill(t, "cauchy", turns.sin().div(turns.cos()).mul(sigma).add(median))


@op()
def log_normal_(
    t: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Overwrite with exponentials of normal numbers.  Source: torch.Tensor.log_normal_.

    >>> import lightgrad as light
    >>> bool((light.zeros(9, requires_grad=False).log_normal_() > 0).all())
    True
    """
    _need_float(t, "log_normal")
    mean, std = float(number("log_normal_", "mean", mean)), _positive("log_normal_", "std", std)
    if type(t)._stream is not None:
        return _fill(t, "log_normal", _draw(t, "log_normal", generator, mean, std))
    return _fill(t, "log_normal", _draw(t, "normal", generator, mean, std).exp())


# ----------------------------------------------------------------- one of several


@op()
@owning
def multinomial(
    t: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Indices drawn from each row, where elements are weights: probabilities times any factor.

    Without ``replacement`` none comes twice.  Source: torch.multinomial.

    >>> import lightgrad as light
    >>> light.tensor([[0.0, 3.0], [1.0, 0.0]]).multinomial(3, replacement=True)
    tensor([[1, 1, 1],
            [0, 0, 0]])
    """
    p, count = _weights(t, num_samples, replacement)
    if replacement and count > 1:
        return _again(p, count, generator)
    ratio = p.div(exponential(p, generator, 1.0, like=p))
    if count == 1:
        return ratio.argmax(-1, True)
    return ratio.topk(count)[1]


def _weights(t: Tensor, num_samples: int, replacement: bool) -> tuple[Tensor, int]:
    p, count = t.detach(), shapes.whole(num_samples)
    if p.dtype not in FLOATS:
        raise DtypeError(
            f"multinomial: only supports floating-point dtypes for input, not {p.dtype}; use "
            f"float()"
        )
    if p.ndim not in (1, 2):
        raise ShapeError(f"multinomial: expected a row or a matrix of weights, not {p.shape}")
    if count is None or count <= 0:
        raise ArgumentError(f"multinomial: cannot sample n_sample <= 0 samples, here {num_samples}")
    if not replacement and count > p.shape[-1]:
        raise ArgumentError(
            f"multinomial: cannot sample n_sample > prob_dist.size(-1) samples without "
            f"replacement: {count} of {p.shape[-1]}"
        )
    if p.numel() and not bool(p.ge(0).logical_and(p.isfinite()).all()):
        raise ArgumentError(
            f"multinomial: probability tensor (shape {p.shape}) contains either `inf`, `nan` or "
            f"element < 0"
        )
    if p.numel() and not bool(p.sum(-1).gt(0).all()):
        raise ArgumentError("multinomial: invalid distribution (sum of probabilities <= 0)")
    return p, count


def _again(p: Tensor, count: int, generator: Generator | None) -> Tensor:
    """With replacement: how many of the running sums are below a uniform number."""
    rows = p if p.ndim == 2 else p.unsqueeze(0)
    sums = rows.cumsum(-1)
    sums = sums.div(sums[:, -1:]).to(float64)
    u = draw(type(p), "uniform", (rows.shape[0], count), float64, generator, 0.0, 1.0)
    found = [sums[i].searchsorted(u[i]) for i in range(rows.shape[0])]
    out: Tensor = type(p).stack(found) if found else type(p).empty((0, count), dtype="int64")
    return out if p.ndim == 2 else out[0]


# ----------------------------------------------------------------- of parameters


def _drawn(name: str, t: Tensor, generator: Generator | None, *others: Tensor) -> Tensor:
    """A draw for each element, which takes as many random words as it needs."""
    given = [a.detach() for a in (t, *others)]
    for a in given:
        if not is_float(as_dtype(a.dtype)):
            raise DtypeError(f"{name}: needs floating tensors, not {a.dtype}; use float()")
        if not bool(a.ge(0).all()):
            raise ArgumentError(f"{name}: the parameters (shape {a.shape}) must not be negative")
    return draw(type(t), name, t.shape, as_dtype(t.dtype), generator, *given)


@op()
def poisson(t: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson numbers, each of the rate that an element is; no gradient.  Source: torch.poisson.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 0.0]).poisson()
    tensor([0., 0.])
    """
    return _drawn("poisson", t, generator)


@op()
def binomial(t: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of so many trials succeed, with probability ``prob``.  Source: torch.binomial.

    >>> import lightgrad as light
    >>> light.tensor([5.0, 7.0]).binomial(light.tensor([0.0, 1.0]))
    tensor([0., 7.])
    """
    if not isinstance(prob, AbstractTensor):
        raise DtypeError(f"binomial: prob must be a tensor, not {prob!r}")
    t._same_device(prob, "binomial")
    if as_dtype(prob.dtype) != as_dtype(t.dtype):
        raise DtypeError(f"binomial: count and prob must have one dtype: {t.dtype}, {prob.dtype}")
    shape = shapes.broadcast("binomial", t.shape, prob.shape)
    if not bool(prob.detach().le(1).all()):
        raise ArgumentError(f"binomial: probabilities (shape {prob.shape}) must be at most 1")
    return _drawn("binomial", t.expand(shape), generator, prob.expand(shape))


def standard_gamma(t: Tensor, generator: Generator | None = None) -> Tensor:
    """Gamma numbers of rate 1, each of the shape that an element is; no gradient.

    Source: torch._standard_gamma; Marsaglia and Tsang (2000).

    >>> import lightgrad as light
    >>> bool((standard_gamma(light.tensor([0.5, 3.0])) > 0).all())
    True
    """
    return _drawn("standard_gamma", t, generator)


def sample_dirichlet(t: Tensor, generator: Generator | None = None) -> Tensor:
    """Gamma numbers of each row, divided by their sum; no gradient.

    Source: torch._sample_dirichlet.

    >>> import lightgrad as light
    >>> sample_dirichlet(light.tensor([3.0]))
    tensor([1.])
    """
    parts = _drawn("standard_gamma", t.to(float64), generator)
    out = parts.div(parts.sum(-1, keepdim=True)).to(t.dtype)
    return out.clamp(min=_LEAST[as_dtype(t.dtype).itemsize])
