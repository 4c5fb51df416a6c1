"""`lightgrad.torch.distributions` beside PyTorch's: draws, densities, shapes and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch as real

import lightgrad.torch as ours
from lightgrad.torch import distributions as ours_d

P = [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
C = [[2.0, 0.5], [0.5, 1.0]]

#: name -> what makes it, of a torch
CASES: dict[str, Callable[[Any], Any]] = {
    "normal": lambda t: t.distributions.Normal(t.tensor([0.0, 1.0]), t.tensor([1.0, 2.0])),
    "normal of numbers": lambda t: t.distributions.Normal(0.0, 2.0),
    "uniform": lambda t: t.distributions.Uniform(t.tensor([-1.0, 0.0]), t.tensor([1.0, 3.0])),
    "bernoulli": lambda t: t.distributions.Bernoulli(t.tensor([0.2, 0.5, 0.9])),
    "bernoulli of logits": lambda t: t.distributions.Bernoulli(logits=t.tensor([0.2, -0.5])),
    "geometric": lambda t: t.distributions.Geometric(t.tensor([0.2, 0.5])),
    "categorical": lambda t: t.distributions.Categorical(t.tensor(P)),
    "categorical of logits": lambda t: t.distributions.Categorical(logits=t.tensor(P)),
    "one hot": lambda t: t.distributions.OneHotCategorical(t.tensor(P)),
    "laplace": lambda t: t.distributions.Laplace(t.tensor([0.0, 1.0]), t.tensor([1.0, 2.0])),
    "log normal": lambda t: t.distributions.LogNormal(t.tensor([0.0, 1.0]), 0.5),
    "half normal": lambda t: t.distributions.HalfNormal(t.tensor([1.0, 2.0])),
    "gumbel": lambda t: t.distributions.Gumbel(t.tensor([0.0, 1.0]), 2.0),
    "independent": lambda t: t.distributions.Independent(
        t.distributions.Normal(t.zeros(2, 3), 1.0), 1
    ),
    "squashed": lambda t: t.distributions.TransformedDistribution(
        t.distributions.Normal(t.tensor([0.0, 1.0]), 1.0),
        [t.distributions.AffineTransform(0.5, -2.0), t.distributions.TanhTransform(cache_size=1)],
    ),
    "mixture": lambda t: t.distributions.MixtureSameFamily(
        t.distributions.Categorical(t.ones(3)),
        t.distributions.Normal(t.tensor([-1.0, 0.0, 1.0]), 0.5),
    ),
    "exponential": lambda t: t.distributions.Exponential(t.tensor([0.5, 2.0])),
    "cauchy": lambda t: t.distributions.Cauchy(t.tensor([0.0, 1.0]), 2.0),
    "multivariate normal": lambda t: t.distributions.MultivariateNormal(t.zeros(2), t.tensor(C)),
    "gamma": lambda t: t.distributions.Gamma(t.tensor([0.5, 2.0]), 3.0),
    "beta": lambda t: t.distributions.Beta(t.tensor([0.5, 2.0]), 3.0),
    "dirichlet": lambda t: t.distributions.Dirichlet(t.tensor([0.5, 2.0, 3.0])),
    "student": lambda t: t.distributions.StudentT(t.tensor([3.0, 5.0])),
    "poisson": lambda t: t.distributions.Poisson(t.tensor([0.5, 3.0])),
    "negative binomial": lambda t: t.distributions.NegativeBinomial(3.0, t.tensor([0.2, 0.7])),
    "negative binomial of logits": lambda t: t.distributions.NegativeBinomial(
        2.0, logits=t.tensor([0.2, -0.7])
    ),
    "half cauchy": lambda t: t.distributions.HalfCauchy(t.tensor([1.0, 2.0])),
    "pareto": lambda t: t.distributions.Pareto(t.tensor([1.0, 2.0]), 3.0),
    "weibull": lambda t: t.distributions.Weibull(t.tensor([1.0, 2.0]), 1.5),
    "inverse gamma": lambda t: t.distributions.InverseGamma(t.tensor([3.0, 4.0]), 2.0),
    "fisher": lambda t: t.distributions.FisherSnedecor(t.tensor([3.0, 4.0]), 6.0),
    "binomial": lambda t: t.distributions.Binomial(10, t.tensor([0.2, 0.7])),
}


def number(value: Any) -> Any:
    """The numbers of a tensor of either, or the value itself."""
    if isinstance(value, (real.Tensor, ours.Tensor)):
        return value.detach().numpy()
    return tuple(value) if isinstance(value, (real.Size, ours.Size)) else value


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return number(call())
    except (NotImplementedError, ValueError) as error:
        return NotImplementedError if isinstance(error, NotImplementedError) else ValueError


def check(name: str, ask: Callable[[Any, Any], Any]) -> None:
    found = []
    for torch in (real, ours):
        torch.manual_seed(7)
        found.append(outcome(lambda t=torch: ask(CASES[name](t), t)))
    if isinstance(found[0], np.ndarray):
        np.testing.assert_allclose(found[1], found[0], rtol=2e-5, atol=2e-6)
        assert found[1].shape == found[0].shape and found[1].dtype == found[0].dtype
    else:
        assert found[1] == found[0]


@pytest.mark.parametrize("name", CASES)
def test_shapes_moments_and_entropy(name: str) -> None:
    for what in ("batch_shape", "event_shape", "mean", "variance", "stddev", "mode"):
        check(name, lambda d, t, what=what: getattr(d, what))
    check(name, lambda d, t: d.entropy())
    if name != "mixture":  # PyTorch has computed its logits by then, and shows them
        check(name, lambda d, t: repr(d))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("shape", [(), (6,), (2, 10)], ids=str)
def test_draws_are_those_of_torch(name: str, shape: tuple[int, ...]) -> None:
    check(name, lambda d, t: d.sample(shape))
    check(name, lambda d, t: d.rsample(shape))


@pytest.mark.parametrize("name", CASES)
def test_densities_of_draws(name: str) -> None:
    for ask in ("log_prob",) if "gamma" in name else ("log_prob", "cdf"):  # no gammainc here
        check(name, lambda d, t, ask=ask: getattr(d, ask)(d.sample((4,))))
    check(name, lambda d, t: d.expand((3, *d.batch_shape)).log_prob(d.sample((3,))))
    check(name, lambda d, t: d.log_prob(d.sample() * float("nan")))
    check(name, lambda d, t: d.log_prob(t.zeros(7, 7, 7)))


@pytest.mark.parametrize(
    ("kind", "p", "q"),
    [
        ("Normal", (0.0, 1.0), (1.0, 2.0)),
        ("Bernoulli", (0.3,), (0.6,)),
        ("Exponential", (1.0,), (2.0,)),
        ("Laplace", (0.0, 1.0), (1.0, 2.0)),
        ("Poisson", (1.0,), (2.0,)),
        ("Geometric", (0.3,), (0.6,)),
        ("Cauchy", (0.0, 1.0), (1.0, 2.0)),
        ("Uniform", (0.0, 1.0), (-1.0, 2.0)),
        ("Uniform", (0.0, 1.0), (0.5, 2.0)),
        ("HalfNormal", (1.0,), (2.0,)),
        ("LogNormal", (0.0, 1.0), (1.0, 2.0)),
    ],
)
def test_distances(kind: str, p: tuple[float, ...], q: tuple[float, ...]) -> None:
    found = []
    for torch in (real, ours):
        d = torch.distributions
        found.append(float(d.kl_divergence(getattr(d, kind)(*p), getattr(d, kind)(*q))))
    assert found[1] == pytest.approx(found[0], rel=1e-5)


def test_gradients_reach_the_parameters_through_draws() -> None:
    found = []
    for torch in (real, ours):
        torch.manual_seed(3)
        loc = torch.tensor([0.5, 2.0], requires_grad=True)
        d = torch.distributions.Normal(loc, loc.detach() + 1)
        x = d.rsample((3,))
        (x.pow(2).sum() + d.log_prob(x.detach()).sum()).backward()
        found.append(number(loc.grad))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


def test_mistakes_are_told_as_torch_tells_them() -> None:
    for make in (
        lambda t: t.distributions.Normal(t.zeros(2), -1.0),
        lambda t: t.distributions.Categorical(probs=t.tensor([-1.0, 2.0])),
        lambda t: t.distributions.Bernoulli(),
        lambda t: t.distributions.Uniform(1.0, 0.0),
        lambda t: t.distributions.Normal(0.0, 1.0).log_prob(t.tensor(float("nan"))),
    ):
        texts = []
        for torch in (real, ours):
            with pytest.raises(ValueError) as caught:
                make(torch)
            texts.append(str(caught.value))
        assert texts[0] == texts[1]
    with pytest.raises(NotImplementedError, match="register_kl"):
        ours_d.kl_divergence(ours_d.Normal(0.0, 1.0), ours_d.Bernoulli(0.5))
