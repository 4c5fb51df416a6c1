"""torch's indexing by our canonical arguments."""

from typing import Any

import torch


def _key(ndim: int, axes: Any, indices: Any) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * ndim
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = index
    return tuple(key)


def _index(t: torch.Tensor, axes: Any, *indices: torch.Tensor) -> torch.Tensor:
    return t[_key(t.ndim, axes, indices)]


def _index_backward(g: torch.Tensor, shape: Any, axes: Any, *indices: Any) -> torch.Tensor:
    zeros = g.new_zeros(shape)
    if axes == (1,):
        return zeros.index_add(1, indices[0], g)
    return zeros.index_put(tuple(indices), g, accumulate=True)


TORCH = {
    "index": _index,
    "slice_backward": lambda g, shape, key: g.new_zeros(shape).index_put(
        (torch.tensor(key[0]),), g
    ),
    "index_backward": _index_backward,
}
