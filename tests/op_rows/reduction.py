"""torch's reductions, under NumPy's spellings too."""

from typing import Any

import torch

from tests.op_table import torch_names


def _sum(t: torch.Tensor, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
    return torch.sum(t, *args, dtype=dtype and getattr(torch, dtype), **kwargs)


TORCH = {
    "sum": torch_names(_sum),
    **{name: torch_names(getattr(torch.Tensor, name)) for name in ("amax", "amin", "max", "min")},
}
