"""torch's assignment by our canonical arguments."""

from typing import Any

import torch


def _put(t: torch.Tensor, value: Any, key: Any, axes: Any, *indices: Any) -> torch.Tensor:
    out, full = t.clone(), list(key)
    for axis, index in zip(axes, indices, strict=True):
        full[axis] = index
    out[tuple(full)] = value
    return out


TORCH = {
    "put": _put,
    "put twice into one place": lambda t, v, *_: torch.cat([v[1:2], t[1:2], v[2:], t[3:]]),
}
