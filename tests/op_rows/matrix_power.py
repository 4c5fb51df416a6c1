"""torch.linalg's products."""

import torch

TORCH = {
    "linalg_vecdot": torch.linalg.vecdot,
    "linalg_cross": torch.linalg.cross,
    "linalg_multi_dot": torch.linalg.multi_dot,
    "chain_matmul": torch.chain_matmul,
}
