"""The tensors that a tensor makes like itself: ``x.new_zeros(2)`` and its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.torch._core.legacy import MADE, construct


def _factory(name: str) -> Callable[..., Any]:
    def method(
        self: Any,
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
        **kwargs: Any,
    ) -> Any:
        return MADE[name](
            *args,
            dtype=self.dtype if dtype is None else dtype,
            device=self.device if device is None else device,
            requires_grad=requires_grad,
            **kwargs,
        )

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = (
        f"``torch.{name}`` in this tensor's dtype and on its device.  "
        f"Source: torch.Tensor.new_{name}."
    )
    return method


class New:
    """The methods of ``Tensor`` that make new tensors."""

    __slots__ = ()

    new_empty = _factory("empty")
    new_full = _factory("full")
    new_ones = _factory("ones")
    new_tensor = _factory("tensor")
    new_zeros = _factory("zeros")

    def new(self: Any, *args: Any, device: Any = None) -> Any:
        """A tensor of sizes or values in this one's dtype.  Source: torch.Tensor.new.

        >>> import lightgrad.torch as torch
        >>> torch.ones(2, dtype=torch.int64).new([3, 4])
        tensor([3, 4])
        """
        return construct(self.dtype, args, self.device if device is None else device)
