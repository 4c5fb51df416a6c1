"""Rows of the optimizer step."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.ops.optimize import Update
from tests.op_rows.row import Row, call, normal


def _follow(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
    s.mean = s.mean * c.keep + g
    return p - s.mean / ((g * g) ** 0.5 + c.eps) * c.lr


def _light(p: Any, g: Any, mean: Any) -> Any:
    """On copies, because the op works in place; the state is part of the result."""
    p, mean = p._copied(), mean._copied()
    update = Update(_follow, frozenset(), ("mean",), {"lr": 0.5, "keep": 0.9, "eps": 0.1})
    return p.apply_update_(update, g, (mean,)), mean


def _torch(p: Any, g: Any, mean: Any) -> Any:
    mean = mean * 0.9 + g
    return p - mean / (g.abs() + 0.1) * 0.5, mean


ROWS = [
    Row(
        "apply_update_",
        [
            call(normal(3, 4), normal(3, 4, seed=1), normal(3, 4, seed=2)),
            call(normal(), normal(seed=1), normal(seed=2)),
            call(normal(0, 2), normal(0, 2), normal(0, 2)),
            call(normal(200, 170), normal(200, 170, seed=1), normal(200, 170, seed=2)),
        ],
        light=_light,
        torch=_torch,
        grad=False,
    )
]
