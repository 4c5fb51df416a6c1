"""torch's losses; tuples are weights."""

from typing import Any

import torch
import torch.nn.functional as F


def weighted(name: str) -> Any:
    """The loss of that name in torch."""

    def run(a: Any, *args: Any, **kwargs: Any) -> Any:
        def weight(value: Any) -> Any:
            return torch.tensor(value, dtype=a.dtype) if isinstance(value, tuple) else value

        kwargs = {k: weight(v) for k, v in kwargs.items()}
        return getattr(F, name)(a, *map(weight, args), **kwargs)

    return run


def _each(x: Any, y: Any) -> Any:
    return F.binary_cross_entropy(x, y, reduction="none")


PAIRS = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
TORCH = {
    **{name: weighted(name) for name in (*PAIRS, *BINARY)},
    "bernoulli_cross_entropy": _each,
    "binary_cross_entropy of certainties": lambda x, y: F.binary_cross_entropy(x, y.detach()),
}
