"""torch's functions that are no methods; its vander cannot be differentiated."""

from typing import Any

import torch


def _vander(t: Any, N: int | None = None, increasing: bool = False) -> Any:
    powers = range(len(t) if N is None else N)
    return torch.stack([t**i for i in (powers if increasing else reversed(powers))], 1)


TORCH = {"gradient": torch.gradient, "vander": _vander}
