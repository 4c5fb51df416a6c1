"""torch's einsum."""

import torch

TORCH = {"einsum": torch.einsum}
