"""torch's functions of two numbers, which take no number for an operand."""

from typing import Any

import torch


def _with_tensors(name: str) -> Any:
    def call(a: Any, b: Any) -> Any:
        b = b if isinstance(b, torch.Tensor) else torch.tensor(b, dtype=a.dtype)
        return getattr(torch, name)(a, b)

    return call


TORCH = {name: _with_tensors(name) for name in ("gcd", "lcm")}
