"""torch's dropout, given the mask that ours draws."""

from typing import Any

import torch

from lightgrad import CpuTensor, Generator
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.generator import draw


def _mask(x: Any, p: float) -> Any:
    """What dropout with seed 3 draws."""
    dtype = as_dtype(str(x.dtype).removeprefix("torch."))
    mask = draw(CpuTensor, "mask", tuple(x.shape), dtype, Generator(3), 1 - p, 1 / (1 - p))
    return torch.from_numpy(mask.numpy())


TORCH = {
    "seeded dropout": lambda x, p=0.5: x * _mask(x, p),
    "certain dropout": torch.nn.functional.dropout,
}
