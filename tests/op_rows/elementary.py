"""torch's atan2, which takes no number."""

import torch

TORCH = {"atan2 of a number": lambda a, b: torch.atan2(a, torch.tensor(b, dtype=a.dtype))}
