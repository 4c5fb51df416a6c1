"""torch's movements, and casts to float64, whatever the dtype is."""

from typing import Any

import torch

from lightgrad.conformance.row import row
from lightgrad.conformance.rows.movement import S, X
from lightgrad.conformance.samples import bools, ints


def _pad(t: Any, widths: Any, value: float) -> Any:
    return torch.nn.functional.pad(t, [n for pair in widths[::-1] for n in pair], value=value)


TORCH = {
    "view": lambda t, *sizes: t.reshape(*sizes),
    "view of another order": lambda t, *sizes: t.permute(2, 1, 0).reshape(*sizes),
    "permute": lambda t, *dims: t.permute(*dims) if dims else t.permute(()),
    "cast": lambda t, dtype: t.to(getattr(torch, dtype)),
    "cast there and back": lambda t, dtype: t.to(getattr(torch, dtype)).to(t.dtype),
    "transfer to cpu": torch.clone,
    "pad_constant": _pad,
    "unfold_backward": torch.ops.aten.unfold_backward,
}
MORE = [
    row("cast", (X, "float64"), (S, "float32"), smooth=False, loose=1e3),
    row("double", (5 * X,), (ints(0, 3, 4),), (bools(3),), grad=False),
    row("double", (X,), (S,), smooth=False),
]
