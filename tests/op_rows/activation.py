"""torch's gradients of activation functions."""

import torch
import torch.nn.functional as F

from tests.op_table import gradient_of


def _gelu(t: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    """oneDNN, which torch has on some processors, makes NaN of infinity."""
    with torch.backends.mkldnn.flags(enabled=False):
        return F.gelu(t, approximate=approximate)


TORCH = {
    "sigmoid_backward": lambda g, y: g * y * (1 - y),
    "gelu": _gelu,
    "gelu_backward": gradient_of(_gelu),
    "silu_backward": gradient_of(F.silu),
    "softplus_backward": gradient_of(F.softplus),
    "logsigmoid_backward": gradient_of(F.logsigmoid),
    "mish_backward": gradient_of(F.mish),
    "hardswish_backward": gradient_of(F.hardswish),
}
