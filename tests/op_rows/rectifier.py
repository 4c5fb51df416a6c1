"""torch's gradients of the other activation functions."""

import torch
import torch.nn.functional as F

from tests.op_table import gradient_of


def _gelu(t: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    """oneDNN, which torch has on some processors, makes NaN of infinity."""
    with torch.backends.mkldnn.flags(enabled=False):
        return F.gelu(t, approximate=approximate)


TORCH = {
    "gelu": _gelu,
    "exponential_linear": torch._C._nn.elu,
    "leaky_relu_backward": gradient_of(F.leaky_relu),
    "hardtanh_backward": gradient_of(F.hardtanh),
    "exponential_linear_backward": gradient_of(torch._C._nn.elu),
    "gelu_backward": gradient_of(_gelu),
    "silu_backward": gradient_of(F.silu),
    "softplus_backward": gradient_of(F.softplus),
    "logsigmoid_backward": gradient_of(F.logsigmoid),
    "mish_backward": gradient_of(F.mish),
    "hardswish_backward": gradient_of(F.hardswish),
}
