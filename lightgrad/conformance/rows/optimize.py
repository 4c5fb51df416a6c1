"""Rows of the optimizer step."""

from typing import Any

from lightgrad.autograd.ops.optimize import Update
from lightgrad.conformance.row import row
from lightgrad.conformance.samples import normal

LEVEL = 4


def _follow(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
    s.mean = s.mean * c.keep + g
    return p - s.mean / ((g * g) ** 0.5 + c.eps) * c.lr


def stepped(p: Any, g: Any, mean: Any) -> Any:
    """On copies, because the op works in place; the state is part of the result."""
    p, mean = p._copied(), mean._copied()
    update = Update(_follow, frozenset(), ("mean",), {"lr": 0.5, "keep": 0.9, "eps": 0.1})
    return p.apply_update_(update, g, (mean,)), mean


ROWS = [
    row(
        "apply_update_",
        *(tuple(normal(*shape, seed=i) for i in range(3)) for shape in ((3, 4), (), (0, 2))),
        fn=stepped,
        grad=False,
    ),
]
