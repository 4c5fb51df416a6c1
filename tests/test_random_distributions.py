"""Draws of further distributions from lightgrad's own stream, against what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

import lightgrad as light
from lightgrad import Generator
from lightgrad.autograd.ops.distributions import sample_dirichlet, standard_gamma

N = 4000


def _new(dtype: Any = "float32") -> Any:
    return light.empty(N, dtype=dtype, requires_grad=False)


def _full(value: float) -> Any:
    return light.full((N,), value, requires_grad=False)


CONTINUOUS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "exponential_": (lambda g: _new().exponential_(2.0, generator=g), scipy.stats.expon(0, 0.5)),
    "cauchy_": (lambda g: _new().cauchy_(1, 3, generator=g), scipy.stats.cauchy(1, 3)),
    "log_normal_": (
        lambda g: _new("float64").log_normal_(0.5, 0.3, generator=g),
        scipy.stats.lognorm(0.3, scale=np.exp(0.5)),
    ),
    "standard_gamma": (lambda g: standard_gamma(_full(2.5), generator=g), scipy.stats.gamma(2.5)),
}
DISCRETE: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "geometric_": (lambda g: _new().geometric_(0.3, generator=g), scipy.stats.geom(0.3)),
    "geometric_ of int64": (
        lambda g: _new("int64").geometric_(0.3, generator=g),
        scipy.stats.geom(0.3),
    ),
    "poisson": (lambda g: _full(3.0).poisson(generator=g), scipy.stats.poisson(3.0)),
    "binomial": (
        lambda g: _full(9.0).binomial(_full(0.4), generator=g),
        scipy.stats.binom(9, float(np.float32(0.4))),
    ),
    "multinomial": (
        lambda g: light.tensor([3.0, 0.0, 1.0]).multinomial(N, True, generator=g),
        scipy.stats.rv_discrete(values=([0, 1, 2], [0.75, 0, 0.25])),
    ),
    "multinomial of rows": (
        lambda g: light.tensor([[3.0, 1.0]]).expand(N, 2).multinomial(1, generator=g)[:, 0],
        scipy.stats.rv_discrete(values=([0, 1], [0.75, 0.25])),
    ),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_density(name: str) -> None:
    draw, known = CONTINUOUS[name]
    assert scipy.stats.kstest(draw(Generator(1)).numpy(), known.cdf).pvalue > 0.01
    np.testing.assert_array_equal(draw(Generator(2)).numpy(), draw(Generator(2)).numpy())


@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities(name: str) -> None:
    draw, known = DISCRETE[name]
    counts = np.bincount(draw(Generator(1)).numpy().astype(np.int64))
    expected = N * known.pmf(np.arange(len(counts)))
    assert counts[expected == 0].sum() == 0
    enough = expected > 5
    got = [*counts[enough], counts[~enough].sum() + 1e-9]
    want = [*expected[enough], N - expected[enough].sum() + 1e-9]
    assert scipy.stats.chisquare(got, np.array(want) * sum(got) / sum(want)).pvalue > 0.01


def test_dirichlet_numbers_add_up_to_1() -> None:
    x = sample_dirichlet(light.tensor([[0.5, 2.0, 1.5]]).expand(N, 3), Generator(3)).numpy()
    np.testing.assert_allclose(x.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(x.mean(0), [0.125, 0.5, 0.375], atol=0.02)


def test_without_replacement_none_comes_twice() -> None:
    w = light.tensor([1.0, 5.0, 0.5, 2.0])
    for seed in range(20):
        assert sorted(w.multinomial(4, generator=Generator(seed)).tolist()) == [0, 1, 2, 3]


def test_no_gradient_flows_to_parameters() -> None:
    w = light.tensor([1.0, 5.0])
    assert w.requires_grad
    for out in (w.multinomial(1), w.poisson(), w.binomial(w / 9), standard_gamma(w)):
        assert not out.requires_grad
