"""torch's ways to join."""

import torch

TORCH = {
    "cat": torch.cat,
    "concatenate": torch.concatenate,
    "stack": torch.stack,
    "join": lambda t, dim, *others: torch.cat([t, *others], dim),
}
