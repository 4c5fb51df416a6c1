"""torch's adjoints of a convolution, which is linear in either argument."""

from typing import Any

import torch
import torch.nn.functional as F


def _convolution(x: Any, w: Any, b: Any, how: Any) -> Any:
    return F.conv2d(x, w, b, *how)


def _input(y: Any, w: Any, shape: Any, how: Any) -> Any:
    x = y.new_zeros(shape).requires_grad_()
    return torch.autograd.grad(F.conv2d(x, w, None, *how), x, y, create_graph=True)[0]


def _weight(x: Any, y: Any, shape: Any, how: Any) -> Any:
    w = x.new_zeros(shape).requires_grad_()
    return torch.autograd.grad(F.conv2d(x, w, None, *how), w, y, create_graph=True)[0]


TORCH = {
    "convolution": _convolution,
    "convolution_input": _input,
    "convolution_weight": _weight,
}
