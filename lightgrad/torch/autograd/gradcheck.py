"""torch.autograd.gradcheck."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.utils import gradcheck as _check
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def gradcheck(func: Any, inputs: Any, *, raise_exception: bool = True, **options: Any) -> bool:
    """Whether gradients agree with differences.  Source: torch.autograd.gradcheck."""
    return _check.gradcheck(func, inputs, raise_exception=raise_exception, **_tolerances(options))


def gradgradcheck(
    func: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """Whether second derivatives agree with differences.  Source: torch.autograd.gradgradcheck."""
    options = _tolerances(options)
    return _check.gradgradcheck(func, inputs, raise_exception=raise_exception, **options)


def _tolerances(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("eps", "atol", "rtol") if name in options}
