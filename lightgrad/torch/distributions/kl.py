"""torch.distributions.kl: how far one distribution is from another."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import lightgrad.torch as torch
from lightgrad.errors import UnsupportedError
from lightgrad.torch.distributions.bernoulli import Bernoulli
from lightgrad.torch.distributions.beta import Beta
from lightgrad.torch.distributions.binomial import Binomial
from lightgrad.torch.distributions.categorical import Categorical
from lightgrad.torch.distributions.cauchy import Cauchy
from lightgrad.torch.distributions.dirichlet import Dirichlet
from lightgrad.torch.distributions.exponential import Exponential
from lightgrad.torch.distributions.gamma import Gamma
from lightgrad.torch.distributions.geometric import Geometric
from lightgrad.torch.distributions.half_normal import HalfNormal
from lightgrad.torch.distributions.independent import Independent
from lightgrad.torch.distributions.laplace import Laplace
from lightgrad.torch.distributions.multivariate_normal import MultivariateNormal
from lightgrad.torch.distributions.normal import Normal
from lightgrad.torch.distributions.one_hot_categorical import OneHotCategorical
from lightgrad.torch.distributions.poisson import Poisson
from lightgrad.torch.distributions.transformed_distribution import TransformedDistribution
from lightgrad.torch.distributions.uniform import Uniform
from lightgrad.torch.distributions.utils import sum_rightmost

F: Any = torch.nn.functional

_FORMULAS: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Makes a function the formula for two classes.  Source: torch.distributions.register_kl.

    >>> @register_kl(Cauchy, Normal)
    ... def infinite(p, q):
    ...     return torch.full_like(p.loc, float("inf"))
    >>> kl_divergence(Cauchy(0.0, 1.0), Normal(0.0, 1.0))
    tensor(inf)
    """

    def register(formula: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _FORMULAS[type_p, type_q] = formula
        return formula

    return register


def kl_divergence(p: Any, q: Any) -> Any:
    """The expectation under p of log p(x) - log q(x).

    Source: torch.distributions.kl_divergence.

    >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
    tensor(0.5000)
    """
    for a in type(p).__mro__:
        for b in type(q).__mro__:
            formula = _FORMULAS.get((a, b))
            if formula is not None:
                return formula(p, q)
    raise UnsupportedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type "
        f"{type(q).__name__}; give a formula with register_kl, or average log_prob over draws"
    )


def _infinite_unless(inside: Any, value: Any) -> Any:
    return torch.where(inside, value, math.inf)


@register_kl(Normal, Normal)
def _normals(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Bernoulli, Bernoulli)
def _bernoullis(p: Any, q: Any) -> Any:
    hit = p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))
    hit = torch.where(p.probs == 0, 0.0, torch.where(q.probs == 0, math.inf, hit))
    miss = (1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))
    return hit + torch.where(p.probs == 1, 0.0, torch.where(q.probs == 1, math.inf, miss))


@register_kl(Categorical, Categorical)
def _categoricals(p: Any, q: Any) -> Any:
    apart = p.probs * (p.logits - q.logits)
    apart = torch.where((q.probs == 0).expand(apart.shape), math.inf, apart)
    return torch.where((p.probs == 0).expand(apart.shape), 0.0, apart).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hots(p: Any, q: Any) -> Any:
    return _categoricals(p._categorical, q._categorical)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normals(p: Any, q: Any) -> Any:
    n = p.event_shape[0]
    batch = torch.broadcast_shapes(p.batch_shape, q.batch_shape)
    lower, other = (d._lower.expand((*batch, n, n)) for d in (q, p))
    logs = [m.diagonal(dim1=-2, dim2=-1).log().sum(-1) for m in (lower, other)]
    spread = torch.linalg.solve_triangular(lower, other, upper=False).pow(2).sum((-2, -1))
    apart = (q.loc - p.loc).expand((*batch, n)).unsqueeze(-1)
    far = torch.linalg.solve_triangular(lower, apart, upper=False).pow(2).sum((-2, -1))
    return logs[0] - logs[1] + 0.5 * (spread + far - n)


@register_kl(Gamma, Gamma)
def _gammas(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return (
        b * (p.rate / q.rate).log()
        + torch.lgamma(b)
        - torch.lgamma(a)
        + (a - b) * torch.digamma(a)
        + (q.rate - p.rate) * (a / p.rate)
    )


@register_kl(Dirichlet, Dirichlet)
def _dirichlets(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    whole = a.sum(-1)
    logs = whole.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return logs + ((a - b) * (a.digamma() - whole.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Beta, Beta)
def _betas(p: Any, q: Any) -> Any:
    return _dirichlets(p._dirichlet, q._dirichlet)


@register_kl(Exponential, Exponential)
def _exponentials(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Laplace, Laplace)
def _laplaces(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * torch.exp(-apart / p.scale) - 1


@register_kl(Poisson, Poisson)
def _poissons(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Geometric, Geometric)
def _geometrics(p: Any, q: Any) -> Any:
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(Cauchy, Cauchy)
def _cauchys(p: Any, q: Any) -> Any:
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@register_kl(Uniform, Uniform)
def _uniforms(p: Any, q: Any) -> Any:
    inside = (q.low <= p.low) & (q.high >= p.high)
    return _infinite_unless(inside, ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(Binomial, Binomial)
def _binomials(p: Any, q: Any) -> Any:
    apart = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return torch.where(p.total_count > q.total_count, math.inf, p.total_count * apart)


@register_kl(HalfNormal, HalfNormal)
def _half_normals(p: Any, q: Any) -> Any:
    return _normals(p.base_dist, q.base_dist)


@register_kl(Uniform, Normal)
def _uniform_to_normal(p: Any, q: Any) -> Any:
    width = p.high - p.low
    far = (width.pow(2) / 12 + ((p.high + p.low - 2 * q.loc) / 2).pow(2)) / (2 * q.scale.pow(2))
    return (math.sqrt(math.pi * 2) * q.scale / width).log() + far


@register_kl(Independent, Independent)
def _independents(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise UnsupportedError(
            "kl_divergence: the two Independent distributions take different numbers of axes "
            "together; give both the same reinterpreted_batch_ndims"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise UnsupportedError(
            "kl_divergence: the two distributions have different transforms; average log_prob "
            "over draws"
        )
    events = len(p.event_shape) - len(p.base_dist.event_shape)
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), events)
