"""torch.amp: programs with autocast run in the dtypes of their tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.scaler import GradScaler as GradScaler

__getattr__ = _lookup(__name__)


class autocast:
    """A block, or a decorator, in which nothing is cast: float32 is computed in float32.

    Source: torch.amp.autocast.
    """

    def __init__(
        self,
        device_type: Any = "cuda",
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        self.device, self.fast_dtype = device_type, dtype

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def within(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        return within


def custom_fwd(fwd: Any = None, *, device_type: str = "cuda", cast_inputs: Any = None) -> Any:
    """The function as it is.  Source: torch.amp.custom_fwd."""
    return (lambda fn: fn) if fwd is None else fwd


def custom_bwd(bwd: Any = None, *, device_type: str = "cuda") -> Any:
    """The function as it is.  Source: torch.amp.custom_bwd."""
    return (lambda fn: fn) if bwd is None else bwd


def is_autocast_available(device_type: str) -> bool:
    """Whether programs may ask for it.  Source: torch.amp.is_autocast_available."""
    return True
