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
    "random_, from": lambda t, n, g: _new(t, n, "int32").random_(-3, 2**31 - 1, generator=g),
}
for _dtype in FLOATS:
    KINDS |= {
        f"uniform_, {_dtype}": lambda t, n, g, d=_dtype: _new(t, n, d).uniform_(
            -1.3, 2.7, generator=g
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
    "randint_like": lambda t, n: t.randint_like(_matrix(t, n), 2, 9),
    "dropout": lambda t, n: t.nn.functional.dropout(_p(t, n), 0.3),
    "dropout, float64": lambda t, n: t.nn.functional.dropout(_p(t, n, "float64"), 0.37),
    "dropout of all": lambda t, n: t.nn.functional.dropout(_p(t, n), 1.0),
    "dropout, in columns": lambda t, n: t.nn.functional.dropout(t.ones(n, 5).transpose(0, 1), 0.77),
}
