"""torch's normalisation, with new running averages, and its parts."""

from typing import Any

import torch
import torch.nn.functional as F

from lightgrad.conformance.row import row
from lightgrad.conformance.rows.normalization import MEAN, VAR, W, X


def _running(name: str, also: bool) -> Any:
    def run(x: Any, *args: Any, **kwargs: Any) -> Any:
        mean, var = torch.tensor(MEAN, dtype=x.dtype), torch.tensor(VAR, dtype=x.dtype)
        y = getattr(F, name)(x, mean, var, *args, **kwargs)
        return (y, mean, var) if also else y

    return run


def _statistics(t: Any, dims: Any) -> Any:
    return t.mean(dims, True), t.var(dims, correction=0, keepdim=True)


def _normalized(t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    mean, var = _statistics(t, dims)
    return (t - mean) / (var + eps) ** 0.5 * w + b


def _backward(g: Any, t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    for x in (t, w, b):
        x.requires_grad_()
    return torch.autograd.grad(_normalized(t, w, b, dims, eps), (t, w, b), g)


TORCH = {
    "normalization_statistics": _statistics,
    "normalized": _normalized,
    "normalized_backward": _backward,
    **{f"running {name}": _running(name, False) for name in ("batch_norm", "instance_norm")},
    **{f"{name} and averages": _running(name, True) for name in ("batch_norm", "instance_norm")},
}
#: the epsilon that is left out depends on the dtype
MORE = [row("rms_norm", (X, (4,)), (X, (4,), W))]
