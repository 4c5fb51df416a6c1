"""Part of level 4: every reduction with every option, of nothing and of one number."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lightgrad.conformance.case import Call, Case, call
from lightgrad.conformance.samples import distinct, normal

X = distinct(2, 3, 4)
EMPTY = [normal(0), normal(0, 3), normal(3, 0), normal(0, 0)]
ONE = [normal(), normal(1), normal(1, 1)]

#: over some axes or all
MANY = ("sum", "mean", "amax", "amin", "var", "std", "norm", "logsumexp", "all", "any")
#: over one axis or all
SINGLE = ("prod", "argmax", "argmin", "max", "min")
#: along one axis
ALONG = ("cumsum", "cumprod", "softmax", "log_softmax", "softmin", "argsort", "sort")
#: options of their own
MORE: dict[str, list[dict[str, Any]]] = {
    "var": [{"correction": 0}, {"correction": 2}, {"unbiased": False}],
    "std": [{"correction": 0}, {"correction": 2}, {"unbiased": False}],
    "norm": [{"p": 1}, {"p": 3}, {"p": np.inf}, {"p": -np.inf}, {"p": 0.5}],
    "sort": [{"descending": True}],
    "argsort": [{"descending": True}, {"stable": True}],
}


def _calls(op: str) -> Iterator[Call]:
    plain = () if op in ALONG else (call(a) for a in (X, *ONE, *EMPTY))
    yield from plain
    for options in ({}, *MORE.get(op, ())):
        for dim in (0, 1, -1):
            yield call(X, dim=dim, **options)
            if op not in ALONG:
                yield call(X, dim=dim, keepdim=True, **options)
        if op in MANY:
            yield call(X, dim=(0, -1), **options)
            yield call(X, dim=(0, 2), keepdim=True, **options)
            yield call(X, dim=(0, 1, 2), keepdim=True, **options)
    for a in EMPTY:
        for dim in range(a.ndim):
            yield call(a, dim=dim)
            if op not in ALONG:
                yield call(a, dim=dim, keepdim=True)
    for a in ONE:
        yield call(a, dim=-1)
    if op in MANY:
        yield call(X[:0], dim=(0, 1), keepdim=True)


def cases() -> Iterator[Case]:
    """The calls of every reduction."""
    for op in (*MANY, *SINGLE, *ALONG):
        given = "axis" if op in ("max", "min") else "dim"
        for c in _calls(op):
            if given != "dim" and "dim" in c.kwargs:
                c = Call(c.args, {given if k == "dim" else k: v for k, v in c.kwargs.items()})
            yield Case(op, c, 4)
