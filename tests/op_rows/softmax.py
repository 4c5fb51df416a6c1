"""torch's logsumexp of all axes, and its gradients of softmax, given the result."""

from typing import Any

import torch

from tests.op_table import torch_names


def _logsumexp(t: torch.Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    return t.logsumexp(tuple(range(t.ndim)) if dim is None else dim, keepdim)


TORCH = {
    "softmax_backward": lambda g, y, dim: y * (g - (g * y).sum(dim, True)),
    "log_softmax_backward": lambda g, y, dim: g - y.exp() * g.sum(dim, True),
    "logsumexp": torch_names(_logsumexp),
}
