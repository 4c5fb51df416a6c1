"""torch's primitives of pooling."""

from typing import Any

import torch
import torch.nn.functional as F

from tests.op_table import gradient_of


def _max_pool(x: Any, kernel_size: Any = 2, stride: Any = None, padding: Any = 0) -> Any:
    return F.max_pool2d(x, kernel_size, stride, padding)


def _highest(x: Any, how: Any) -> Any:
    return F.max_pool2d(x, *how[:4])


def _sums(x: Any, how: Any) -> Any:
    return F.avg_pool2d(x, *how[:3], divisor_override=1)


def _gather(t: Any, x: Any, how: Any) -> Any:
    _, places = F.max_pool2d(x, *how[:4], return_indices=True)
    return t.flatten(2).gather(2, places.flatten(2)).reshape(places.shape)


def _sums_backward(g: Any, shape: Any, how: Any) -> Any:
    x = g.new_zeros(shape).requires_grad_()
    return torch.autograd.grad(_sums(x, how), x, g, create_graph=True)[0]


TORCH = {
    "max_pool1d": F.max_pool1d,
    "max_pool2d": F.max_pool2d,
    "max_pool3d": F.max_pool3d,
    "max_pool": _max_pool,
    "pool_max": _highest,
    "pool_max_backward": gradient_of(_highest),
    "pool_max_gather": _gather,
    "pool_sum": _sums,
    "pool_sum_backward": _sums_backward,
}
