"""torch's means and deviations, under NumPy's spellings too."""

import torch

from tests.op_table import torch_names

TORCH = {name: torch_names(getattr(torch.Tensor, name)) for name in ("mean", "var", "std")}
