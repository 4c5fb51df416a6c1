"""torch's reductions, under NumPy's spellings too."""

from typing import Any

import torch

from tests.op_table import torch_names


def _sum(t: torch.Tensor, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
    return torch.sum(t, *args, dtype=dtype and getattr(torch, dtype), **kwargs)


def _logsumexp(t: torch.Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    return t.logsumexp(tuple(range(t.ndim)) if dim is None else dim, keepdim)


TORCH = {
    "sum": torch_names(_sum),
    "logsumexp": torch_names(_logsumexp),
    **{name: torch_names(getattr(torch.Tensor, name)) for name in ("mean", "var", "std")},
}
