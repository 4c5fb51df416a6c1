"""Random calls that PyTorch and lightgrad.torch are given alike, by module and size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FLOATS = ("float32", "float64", "float16")
WHOLE = ("int64", "int32", "int16", "int8", "uint8")


def _new(t: Any, n: int, dtype: str = "float32") -> Any:
    return t.empty(n, dtype=getattr(t, dtype))


def _matrix(t: Any, n: int) -> Any:
    """A matrix whose columns lie in one row each."""
    return t.empty(n, 5).transpose(0, 1)


def _p(t: Any, n: int, dtype: str = "float32") -> Any:
    return t.arange(n, dtype=getattr(t, dtype)) / n


def _weights(t: Any, n: int, dtype: str = "float32") -> Any:
    return (t.arange(n, dtype=getattr(t, dtype)) % 7 + 0.5) / 8


def _rows(t: Any, n: int) -> Any:
    return _weights(t, 6 * n).reshape(n, 6)


KINDS: dict[str, Callable[[Any, int, Any], Any]] = {
    "rand": lambda t, n, g: t.rand(n, 3, generator=g),
    "randn": lambda t, n, g: t.randn(n, generator=g),
    "rand, float64": lambda t, n, g: t.rand(n, dtype=t.float64, generator=g),
    "randn, float64": lambda t, n, g: t.randn(n, dtype=t.float64, generator=g),
    "rand, float16": lambda t, n, g: t.rand(n, dtype=t.float16, generator=g),
    "randn, float16": lambda t, n, g: t.randn(n, dtype=t.float16, generator=g),
    "randint": lambda t, n, g: t.randint(n + 1, (n, 2), generator=g),
    "randint, wide": lambda t, n, g: t.randint(-(2**40), 2**41, (n,), generator=g),
    "randint, 2**28": lambda t, n, g: t.randint(2**28 - n % 2, (n,), generator=g),
    "randint, float32": lambda t, n, g: t.randint(9, (n,), dtype=t.float32, generator=g),
    "randperm": lambda t, n, g: t.randperm(n, generator=g),
    "randperm, int32": lambda t, n, g: t.randperm(n, dtype=t.int32, generator=g),
    "normal of numbers": lambda t, n, g: t.normal(0.3, 1.7, (n, 2), generator=g),
    "normal of a mean": lambda t, n, g: t.normal(_p(t, n), 0.7, generator=g),
    "normal of a deviation": lambda t, n, g: t.normal(-0.7, _p(t, n), generator=g),
    "normal of both": lambda t, n, g: t.normal(_p(t, n).reshape(n, 1), _p(t, 3), generator=g),
    "bernoulli": lambda t, n, g: t.bernoulli(_p(t, n), generator=g),
    "bernoulli, float64": lambda t, n, g: t.bernoulli(_p(t, n, "float64"), generator=g),
    "bernoulli_, a tensor": lambda t, n, g: _new(t, n).bernoulli_(_p(t, n), generator=g),
    "bernoulli_, in columns": lambda t, n, g: _matrix(t, n).bernoulli_(_p(t, n), generator=g),
    "uniform_, in columns": lambda t, n, g: _matrix(t, n).uniform_(-3, 5, generator=g),
    "normal_, in columns": lambda t, n, g: _matrix(t, n).normal_(-3, 5, generator=g),
    "normal_, with gaps": lambda t, n, g: t.empty(n, 9)[:, 2:7].normal_(1, 2, generator=g),
    "random_, in columns": lambda t, n, g: _matrix(t, n).random_(7, generator=g),
    "exponential_, in columns": lambda t, n, g: _matrix(t, n).exponential_(generator=g),
    "geometric_, int64": lambda t, n, g: _new(t, n, "int64").geometric_(0.2, generator=g),
    "multinomial": lambda t, n, g: t.multinomial(_weights(t, n), 1, generator=g),
    "multinomial of several": lambda t, n, g: t.multinomial(_weights(t, n), n, generator=g),
    "multinomial, again": lambda t, n, g: t.multinomial(_weights(t, n), 5, True, generator=g),
    "multinomial, float64": lambda t, n, g: t.multinomial(
        _weights(t, n, "float64"), 5, True, generator=g
    ),
    "multinomial of rows": lambda t, n, g: t.multinomial(_rows(t, n), 2, generator=g),
    "multinomial of rows, again": lambda t, n, g: _rows(t, n).multinomial(9, True, generator=g),
    "multinomial of columns": lambda t, n, g: (
        _rows(t, n).transpose(0, 1).multinomial(1, generator=g)
    ),
    "poisson": lambda t, n, g: t.poisson(_weights(t, n) * 9, generator=g),
    "poisson, large": lambda t, n, g: t.poisson(_weights(t, n, "float64") * 900, generator=g),
    "binomial": lambda t, n, g: t.binomial(_weights(t, n) * 30 // 1, _p(t, n), generator=g),
    "binomial, small": lambda t, n, g: t.binomial(
        _weights(t, n) * 60 // 1, _p(t, n) / 9, generator=g
    ),
    "gamma": lambda t, n, g: t._standard_gamma(_weights(t, n) * 5, generator=g),
    "gamma, float64": lambda t, n, g: t._standard_gamma(_weights(t, n, "float64"), generator=g),
    "dirichlet": lambda t, n, g: t._sample_dirichlet(_rows(t, n), generator=g),
    "random_, from": lambda t, n, g: _new(t, n, "int32").random_(-3, 2**31 - 1, generator=g),
}
for _dtype in FLOATS:
    KINDS |= {
        f"uniform_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).uniform_(
            -1.3, 2.7, generator=g
        ),
        f"exponential_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).exponential_(
            1.7, generator=g
        ),
        f"geometric_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).geometric_(
            0.3, generator=g
        ),
        f"cauchy_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).cauchy_(
            1.5, 0.3, generator=g
        ),
        f"log_normal_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).log_normal_(
            0.5, 0.3, generator=g
        ),
        f"normal_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).normal_(
            1.7, 0.3, generator=g
        ),
        f"bernoulli_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).bernoulli_(
            0.3, generator=g
        ),
        f"random_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).random_(generator=g),
    }
for _dtype in WHOLE:
    KINDS |= {
        f"random_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).random_(generator=g),
        f"random_ of a range, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).random_(
            3, 99, generator=g
        ),
        f"bernoulli_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).bernoulli_(
            0.3, generator=g
        ),
    }

#: these take no generator
DEFAULT: dict[str, Callable[[Any, int], Any]] = {
    "rand_like": lambda t, n: t.rand_like(_matrix(t, n)),
    "randn_like": lambda t, n: t.randn_like(t.empty(n)),
    "randn_like, in columns": lambda t, n: t.randn_like(_matrix(t, n)),
    "rand_like, expanded": lambda t, n: t.rand_like(t.empty(1, n, 1).expand(4, n, 3)),
    "randn_like, expanded": lambda t, n: t.randn_like(t.empty(n, 1, 2).expand(n, 3, 2)),
    "rand_like, permuted": lambda t, n: t.rand_like(t.empty(2, n, 3).permute(2, 0, 1)),
    "randint_like": lambda t, n: t.randint_like(_matrix(t, n), 2, 9),
    "dropout": lambda t, n: t.nn.functional.dropout(_p(t, n), 0.3),
    "dropout, float64": lambda t, n: t.nn.functional.dropout(_p(t, n, "float64"), 0.37),
    "dropout of all": lambda t, n: t.nn.functional.dropout(_p(t, n), 1.0),
    "dropout, in columns": lambda t, n: t.nn.functional.dropout(t.ones(n, 5).transpose(0, 1), 0.77),
}

_F: Callable[[Any], Any] = lambda t: t.nn.functional  # noqa: E731
_init: Callable[[Any], Any] = lambda t: t.nn.init  # noqa: E731

DEFAULT |= {
    "dropout1d": lambda t, n: _F(t).dropout1d(_rows(t, n).reshape(n, 2, 3), 0.3),
    "dropout2d": lambda t, n: _F(t).dropout2d(_rows(t, n).reshape(n, 2, 3, 1), 0.3),
    "dropout3d": lambda t, n: _F(t).dropout3d(_rows(t, n).reshape(n, 2, 3, 1, 1), 0.3),
    "alpha_dropout": lambda t, n: _F(t).alpha_dropout(_rows(t, n), 0.3, True),
    "alpha_dropout, in columns": lambda t, n: _F(t).alpha_dropout(
        _rows(t, n).transpose(0, 1), 0.3, True
    ),
    "feature_alpha_dropout": lambda t, n: _F(t).feature_alpha_dropout(
        _rows(t, n).reshape(n, 2, 3), 0.3, True
    ),
    "rrelu": lambda t, n: _F(t).rrelu(_weights(t, n) - 0.5, 0.1, 0.3, True),
    "rrelu, float64": lambda t, n: _F(t).rrelu(_weights(t, n, "float64") - 0.5, 0.1, 0.3, True),
    "kaiming_uniform_": lambda t, n: _init(t).kaiming_uniform_(t.empty(n, 5)),
    "kaiming_normal_": lambda t, n: _init(t).kaiming_normal_(
        t.empty(n, 5), mode="fan_out", nonlinearity="relu"
    ),
    "xavier_uniform_": lambda t, n: _init(t).xavier_uniform_(t.empty(n, 5), 1.4),
    "xavier_uniform_, float64": lambda t, n: _init(t).xavier_uniform_(
        t.empty(n, 5, dtype=t.float64)
    ),
    "xavier_normal_": lambda t, n: _init(t).xavier_normal_(t.empty(n, 5, 2)),
    "trunc_normal_": lambda t, n: _init(t).trunc_normal_(t.empty(n), 0.1, 0.7, -1, 1.2),
}
