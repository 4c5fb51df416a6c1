"""torch's gradient of a diagonal."""

import torch

TORCH = {
    "diagonal_backward": lambda g, shape, *how: torch.diagonal_scatter(g.new_zeros(shape), g, *how)
}
