"""torch's linear equations."""

import torch

TORCH = {
    "solved": torch.linalg.solve,
    "slogdet_parts": torch.linalg.slogdet,
    "linalg_solve": torch.linalg.solve,
    "linalg_solve_triangular": torch.linalg.solve_triangular,
    "pseudoinverse": lambda t, atol, rtol: torch.linalg.pinv(t, atol=atol, rtol=rtol),
    "linalg_pinv": torch.linalg.pinv,
    "linalg_pinv without what is small": torch.linalg.pinv,
    "linalg_pinv of symmetric matrices": torch.linalg.pinv,
    "linalg_matrix_rank": torch.linalg.matrix_rank,
    "linalg_lstsq": torch.linalg.lstsq,
}
