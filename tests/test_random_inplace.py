"""Random numbers drawn in place, and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy  # which loads its parts when they are asked for

import lightgrad as light
from lightgrad import Generator
from lightgrad.errors import ArgumentError, InplaceError


def test_in_place_draws_equal_the_factories() -> None:
    def fresh() -> Any:
        return light.zeros(3, 4, requires_grad=False)

    g = Generator
    assert fresh().uniform_(2, 3, generator=g(1)).tolist() == (
        light.uniform(2, 3, (3, 4), generator=g(1)).tolist()
    )
    assert fresh().normal_(2, 3, generator=g(1)).tolist() == (
        light.normal(2, 3, (3, 4), generator=g(1)).tolist()
    )
    assert fresh().bernoulli_(0.3, generator=g(1)).tolist() == (
        light.bernoulli(0.3, (3, 4), generator=g(1)).tolist()
    )
    assert fresh().random_(3, 9, generator=g(1)).tolist() == (
        light.randint(3, 9, (3, 4), generator=g(1)).tolist()
    )
    p = light.tensor([0.0, 1.0, 0.0, 1.0])
    assert fresh().bernoulli_(p).tolist() == [[0, 1, 0, 1]] * 3


def test_random_counts_as_far_as_the_dtype() -> None:
    for dtype, bits in (("uint8", 8), ("int8", 7), ("int32", 31), ("float16", 11), ("bool", 1)):
        found = light.zeros(2000, dtype=dtype, requires_grad=False).random_(generator=Generator(0))
        values = found.numpy().astype(np.float64)
        assert values.min() >= 0 and values.max() <= 2**bits
        assert values.mean() == pytest.approx(2.0**bits / 2, rel=0.05, abs=0.6 if bits == 1 else 0)


def test_random_below_zero_is_no_range() -> None:
    t = light.zeros(2, requires_grad=False)
    with pytest.raises(ArgumentError, match=r"random_: there is no int64 in \[0, 0\)"):
        t.random_(0)
    assert t.random_(1).tolist() == t.random_(high=1).tolist() == [0, 0]


@pytest.mark.parametrize("method", ["uniform_", "normal_", "bernoulli_", "random_"])
def test_in_place_draws_keep_gradients_right(method: str) -> None:
    leaf = light.ones(3)
    with pytest.raises(InplaceError, match=rf"{method}: a leaf tensor .*shape \(3,\)"):
        getattr(leaf, method)()
    with light.no_grad():
        assert getattr(leaf, method)() is leaf
    assert leaf.requires_grad and leaf.is_leaf
    y = leaf * 2
    z = y * y
    getattr(y, method)()
    assert light.autograd.grad(y.sum(), leaf, retain_graph=True)[0].tolist() == [0, 0, 0]
    with pytest.raises(InplaceError, match="mul: .*changed in place"):
        z.sum().backward()


def test_dropout() -> None:
    x = light.ones(50, 40)
    y = x.dropout(0.2, generator=Generator(1))
    kept = y.numpy() > 0
    assert scipy.stats.binomtest(int(kept.sum()), 2000, 0.8).pvalue > 0.01
    assert set(np.unique(y.numpy())) == {0.0, 1.25}
    y.backward(allow_fill=True)
    np.testing.assert_array_equal(x.grad.numpy(), np.where(kept, np.float32(1.25), 0))
    assert x.dropout(0.0) is x and x.dropout(0.5, training=False) is x
    assert light.dropout(x, 1.0).numpy().max() == 0
    assert light.dropout(light.zeros(1000, dtype="float64") + 1).dtype == light.float64


def test_dropout_in_place() -> None:
    x = light.ones(20, requires_grad=False)
    assert x.dropout(0.5, inplace=True, generator=Generator(1)) is x
    assert x.tolist() == light.ones(20).dropout(0.5, generator=Generator(1)).tolist()
    leaf = light.ones(3)
    with pytest.raises(InplaceError, match="mul_: a leaf tensor"):
        leaf.dropout(inplace=True)
    y = leaf * 1
    y.dropout(0.5, inplace=True, generator=Generator(1)).sum().backward()
    np.testing.assert_array_equal(leaf.grad.numpy(), y.numpy())


def test_dropout_has_second_derivatives() -> None:
    x = light.tensor([1.0, 2.0, 3.0, 4.0], dtype="float64")
    y = (x**3).dropout(0.5, generator=Generator(1))
    mask = light.ones(4, dtype="float64").dropout(0.5, generator=Generator(1)).numpy()
    (g,) = light.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = light.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(h.numpy(), 6 * x.numpy() * mask)
