"""torch.linalg's norms."""

import torch

NAMES = ("vector_norm", "matrix_norm", "norm", "cond")
TORCH = {f"linalg_{name}": getattr(torch.linalg, name) for name in NAMES}
TORCH["linalg_cond of sums"] = torch.linalg.cond
