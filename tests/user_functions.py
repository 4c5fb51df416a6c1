"""What the tests of functions that users write share."""

from __future__ import annotations

from typing import Any

import torch

from lightgrad.autograd import (
    Function,
)
from tests.helpers import leaf


def made(like: Any, array: Any) -> Any:
    """Raw data as a tensor of the device, outside the graph."""
    return type(like).from_numpy(array, requires_grad=False)


# ----------------------------------------------------------------- several results


def both(build: Any, *values: Any) -> list[Any]:
    """``build(Function, tensor, leaves...)`` in lightgrad and in torch, as lists."""
    ours = build(Function, leaf, *(leaf(v, "float64") for v in values))
    torchs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    theirs = build(torch.autograd.Function, torch.tensor, *torchs)
    return [[t.tolist() for t in found] for found in (ours, theirs)]
