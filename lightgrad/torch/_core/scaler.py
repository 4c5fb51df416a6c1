"""``GradScaler``: losses made larger before backward, and gradients smaller before a step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

from lightgrad.errors import OptimizerError
from lightgrad.torch._core import accelerators

#: how far an optimizer has come since the last `update`
_READY, _UNSCALED, _STEPPED = "ready", "unscaled", "stepped"


class GradScaler:
    """Scales losses so that small gradients do not vanish, and skips steps that overflow.

    The scale is halved after an overflow and doubled after ``growth_interval`` steps without.
    For a device that is not there it does nothing, with a warning.  Source: torch.amp.GradScaler.

    >>> import lightgrad.torch as torch
    >>> w = torch.ones(1, requires_grad=True)
    >>> optimizer, scaler = torch.optim.SGD([w], lr=0.5), torch.amp.GradScaler("cpu")
    >>> scaler.scale(w.sum()).backward()
    >>> w.grad
    tensor([65536.])
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w.item()
    0.5
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda" and not accelerators.is_called_cuda():
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                stacklevel=2,
            )
            enabled = False
        if enabled and not growth_factor > 1:
            raise ValueError("The growth factor must be > 1.0.")
        if enabled and not backoff_factor < 1:
            raise ValueError("The backoff factor must be < 1.0.")
        self._device, self._enabled = device, enabled
        self._scale, self._growth_factor = float(init_scale), growth_factor
        self._backoff_factor, self._growth_interval = backoff_factor, growth_interval
        self._growth_tracker = 0
        #: by the id of an optimizer: how far it is, and whether a gradient was not finite
        self._seen: dict[int, tuple[str, bool]] = {}

    def scale(self, outputs: Any) -> Any:
        """The outputs, one or several, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, (list, tuple)):
            return type(outputs)(map(self.scale, outputs))
        if isinstance(outputs, Iterable) and not hasattr(outputs, "mul"):
            return map(self.scale, outputs)
        return outputs * self._scale

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale, once for each step."""
        if not self._enabled:
            return
        stage = self._seen.get(id(optimizer), (_READY, False))[0]
        if stage == _UNSCALED:
            raise OptimizerError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        if stage == _STEPPED:
            raise OptimizerError("unscale_() is being called after step().")
        overflow, inverse = False, 1.0 / self._scale
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    overflow |= not bool(p.grad.isfinite().all())
                    p.grad.detach().mul_(inverse)
        self._seen[id(optimizer)] = _UNSCALED, overflow

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Do ``optimizer.step()``, unless a gradient is not finite."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise OptimizerError("Closure use is not currently supported if GradScaler is enabled.")
        if self._seen.get(id(optimizer), (_READY, False))[0] == _STEPPED:
            raise OptimizerError("step() has already been called since the last update().")
        if id(optimizer) not in self._seen:
            self.unscale_(optimizer)
        overflow = self._seen[id(optimizer)][1]
        out = None if overflow else optimizer.step(*args, **kwargs)
        self._seen[id(optimizer)] = _STEPPED, overflow
        return out

    def update(self, new_scale: Any = None) -> None:
        """Change the scale after the steps of all optimizers."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._seen:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif any(overflow for _, overflow in self._seen.values()):
            self._scale, self._growth_tracker = self._scale * self._backoff_factor, 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                grown = self._scale * self._growth_factor
                self._scale = grown if math.isfinite(grown) else self._scale
                self._growth_tracker = 0
        self._seen.clear()

    def get_scale(self) -> float:
        """The scale, or 1 if it is not enabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set `get_growth_factor`."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by after an overflow."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set `get_backoff_factor`."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many steps without overflow the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set `get_growth_interval`."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether it scales."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` takes; empty if it is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state, here or in PyTorch."""
        if not self._enabled:
            return
        if not state_dict:
            raise OptimizerError(
                "The source state dict is empty, possibly because it was saved from a disabled "
                "instance of GradScaler."
            )
        self._scale = float(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]
