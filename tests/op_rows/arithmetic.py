"""torch's functions that are no methods."""

import torch

TORCH = {"rsub": torch.rsub}
