"""torch's losses of margins; tuples are weights."""

from typing import Any

import torch
import torch.nn.functional as F


def _multi_margin(
    x: Any, y: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Any:
    weight = weight if weight is None else torch.tensor(weight, dtype=x.dtype)
    return F.multi_margin_loss(x, y, p, margin, weight, reduction=reduction)


TORCH = {"multi_margin_loss": _multi_margin}
