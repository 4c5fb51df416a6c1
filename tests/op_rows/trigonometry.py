"""torch's gradient of tanh, given the result; and its atan2, which takes no number."""

import torch

TORCH = {
    "atan2 of a number": lambda a, b: torch.atan2(a, torch.tensor(b, dtype=a.dtype)),
    "tanh_backward": lambda g, y: g * (1 - y * y),
}
