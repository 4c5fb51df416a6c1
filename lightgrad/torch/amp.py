"""torch.amp: programs with autocast run in the dtypes of their tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

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


class GradScaler:
    """Scales nothing, as gradients are as wide as the tensors; `step` steps.

    Source: torch.amp.GradScaler.

    >>> import lightgrad.torch as torch
    >>> w = torch.ones(1, requires_grad=True)
    >>> optimizer, scaler = torch.optim.SGD([w], lr=0.5), torch.amp.GradScaler()
    >>> scaler.scale(w.sum()).backward()
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w.item()
    0.5
    """

    def __init__(self, device: str = "cuda", *args: Any, enabled: bool = False, **_: Any) -> None:
        self._enabled = False

    def scale(self, outputs: Any) -> Any:
        """The outputs as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Leave the gradients as they are."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Do ``optimizer.step()``."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Leave the scale at one."""

    def get_scale(self) -> float:
        """One."""
        return 1.0

    def is_enabled(self) -> bool:
        """False."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """Nothing, as for a scaler of PyTorch that is not enabled."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take nothing from a state."""
