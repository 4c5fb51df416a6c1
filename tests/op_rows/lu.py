"""torch's products of triangular matrices."""

import torch

TORCH = {
    "lu": torch.lu,
    "lu_parts": lambda a, pivot: torch.linalg.lu_factor(a, pivot=pivot),
    "linalg_lu_factor": torch.linalg.lu_factor,
    "linalg_lu": torch.linalg.lu,
    "linalg_lu_solve": torch.linalg.lu_solve,
    "lu_unpack": torch.lu_unpack,
}
