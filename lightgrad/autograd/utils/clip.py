"""Clipping of gradients by their norm or their values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.dtypes import HALF, float16, float32
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.ops.optimize import Update, apply_updates_
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import OptimizerError


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Any:
    """Scale all gradients down, in place, until their common norm is at most ``max_norm``.

    .. math:: g \\leftarrow g \\min(1, c / (\\|(g_1, g_2, ...)\\|_k + 10^{-6}))

    Returns the norm before, a 0-d tensor.  Parameters without gradient are
    skipped.  Source: torch.nn.utils.clip_grad_norm_.

    >>> import lightgrad as light
    >>> w = light.tensor([3.0, 4.0])
    >>> (w * w / 2).sum().backward()
    >>> light.optim.clip_grad_norm_([w], 1.0).item()
    5.0
    >>> w.grad
    tensor([0.6, 0.8])
    """
    norm_type = float(norm_type)
    if not norm_type > 0:
        raise OptimizerError(f"clip_grad_norm_: norm_type must be above 0, got {norm_type!r}")
    grads = _grads("clip_grad_norm_", parameters)
    if not grads:
        return CpuTensor.zeros((), requires_grad=False)
    with no_grad():
        half = all(g.dtype in HALF for g in grads)
        wide = [g.to(float32) if g.dtype in HALF else g for g in grads]
        total = _total_norm(wide, norm_type)
    norm = total.item()
    if error_if_nonfinite and not math.isfinite(norm):
        raise OptimizerError(
            f"clip_grad_norm_: the norm of order {norm_type} of the gradients is {norm}; a "
            f"gradient is not finite. error_if_nonfinite=False scales them all the same"
        )
    scale = max_norm / (norm + 1e-6)
    if not scale >= 1:  # a nan must spread, as in torch
        _change(grads, Update(_scale, frozenset(), (), {"scale": scale}))
    return total.to(float16) if half else total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Clamp every element of the gradients, in place, to ±clip_value.

    .. math:: g \\leftarrow \\min(\\max(g, -c), c)

    Source: torch.nn.utils.clip_grad_value_.

    >>> import lightgrad as light
    >>> w = light.tensor([3.0, -0.5])
    >>> (w * w / 2).sum().backward()
    >>> light.optim.clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([ 1. , -0.5])
    """
    limits = {"low": -float(clip_value), "high": float(clip_value)}
    _change(_grads("clip_grad_value_", parameters), Update(_clamp, frozenset(), (), limits))


def _scale(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
    return p * c.scale


def _clamp(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
    return p.maximum(c.low).minimum(c.high)


def _change(grads: list[Any], update: Update) -> None:
    if grads:
        apply_updates_(grads, update, [None] * len(grads), [()] * len(grads))


def _grads(name: str, parameters: Any) -> list[Any]:
    if isinstance(parameters, AbstractTensor):
        parameters = [parameters]
    if not isinstance(parameters, Iterable):
        raise OptimizerError(
            f"{name}: parameters must be a tensor or an iterable of tensors, not "
            f"{type(parameters).__name__}"
        )
    grads = []
    for p in parameters:
        if not isinstance(p, AbstractTensor):
            raise OptimizerError(f"{name}: parameters must be tensors, not {type(p).__name__}")
        if p.grad is not None:
            grads.append(p.grad)
    return grads


def _total_norm(grads: list[Any], k: float) -> Any:
    if k == math.inf:
        parts = [g.abs().max() for g in grads if g.numel()]
        total = parts[0] if parts else grads[0].sum()
        for part in parts[1:]:
            total = total.maximum(part)
        return total
    total = None
    for g in grads:
        part = (g * g if k == 2 else g.abs() ** k).sum()
        total = part if total is None else total + part
    return total ** (1 / k)
