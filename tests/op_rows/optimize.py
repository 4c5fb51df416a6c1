"""The optimizer step in torch, and one of the size of a layer."""

from typing import Any

from lightgrad.conformance.row import row
from lightgrad.conformance.rows.optimize import stepped
from lightgrad.conformance.samples import normal


def _stepped(p: Any, g: Any, mean: Any) -> Any:
    mean = mean * 0.9 + g
    return p - mean / (g.abs() + 0.1) * 0.5, mean


TORCH = {"apply_update_": _stepped}
MORE = [
    row(
        "apply_update_",
        tuple(normal(200, 170, seed=i) for i in range(3)),
        fn=stepped,
        grad=False,
    )
]
