"""torch's order, and rows long enough for a heap."""

from typing import Any

import torch

from lightgrad.conformance.case import call
from lightgrad.conformance.row import row
from lightgrad.conformance.samples import distinct


def _distinct(t: Any, dim: Any) -> Any:
    return t.unique(return_inverse=True, return_counts=True, dim=dim)


TORCH = {
    "searchsorted_row": lambda t, values, right: torch.searchsorted(t, values, right=right),
    "argtopk": lambda t, dim, k, largest: t.topk(k, dim, largest).indices,
    "distinct": _distinct,
}
MORE = [
    row("topk", (distinct(200), 7), (distinct(2, 100), 7, 1, False), (distinct(100, 2), 3, 0)),
    row("sort", call(distinct(2, 100), dim=1)),
]
