"""torch's gradients of relu and its relatives."""

import torch
import torch.nn.functional as F

from tests.op_table import gradient_of

TORCH = {
    "relu_backward": lambda g, y: g * (y > 0),
    "exponential_linear": torch._C._nn.elu,
    "leaky_relu_backward": gradient_of(F.leaky_relu),
    "hardtanh_backward": gradient_of(F.hardtanh),
    "exponential_linear_backward": gradient_of(torch._C._nn.elu),
}
