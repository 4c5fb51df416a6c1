"""The names of tensor types before there were dtypes: ``torch.FloatTensor`` and its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lightgrad.errors import DtypeError
from lightgrad.torch._core import devices, dtypes
from lightgrad.torch._core.sizes import Size

#: the factories by name, which `factories` fills in
MADE: dict[str, Any] = {}
#: the name of the type of each dtype
NAMES = {
    dtypes.bool_: "BoolTensor",
    dtypes.uint8: "ByteTensor",
    dtypes.int8: "CharTensor",
    dtypes.int16: "ShortTensor",
    dtypes.int32: "IntTensor",
    dtypes.int64: "LongTensor",
    dtypes.float16: "HalfTensor",
    dtypes.float32: "FloatTensor",
    dtypes.float64: "DoubleTensor",
}
_DTYPES = {name: dtype for dtype, name in NAMES.items()}


def dtype_of(kind: Any) -> Any:
    """The dtype that a dtype, a legacy type or its name means."""
    if isinstance(kind, LegacyType):
        return kind.dtype
    if isinstance(kind, str):
        known = _DTYPES.get(kind.rpartition(".")[2])
        if known is None:
            raise ValueError(
                f"invalid type: {kind!r}; types are called torch.FloatTensor and so on"
            )
        return known
    return dtypes.read("type", kind)


def construct(dtype: Any, args: tuple[Any, ...], device: Any, requires_grad: bool = False) -> Any:
    """What ``Tensor(2, 3)`` and ``FloatTensor([2, 3])`` make."""
    if len(args) == 1 and isinstance(args[0], Size):
        out = MADE["empty"](args[0], dtype=dtype, device=device)
    elif (
        len(args) == 1
        and isinstance(args[0], (Sequence, np.ndarray))
        and not isinstance(args[0], (str, bytes))
    ):
        values = args[0] if isinstance(args[0], np.ndarray) else [*args[0]]
        out = MADE["tensor"](values, dtype=dtype, device=device)
    elif len(args) == 1 and hasattr(args[0], "detach"):
        out = args[0].detach().to(dtype=dtype, device=device)
    elif all(hasattr(a, "__index__") for a in args):
        out = MADE["empty"](args or (0,), dtype=dtype, device=device)
    else:
        given = ", ".join(type(a).__name__ for a in args)
        raise TypeError(
            f"new(): expected sizes, as in Tensor(2, 3), or one list or array, found {given}; use "
            f"torch.tensor() for a number"
        )
    return out.requires_grad_() if requires_grad else out


class LegacyType(type):
    """The kind of ``torch.FloatTensor``: an instance is any tensor of the dtype, on the device."""

    dtype: Any
    place: str

    def __instancecheck__(cls, instance: Any) -> bool:
        kind = getattr(instance, "dtype", None)
        return (
            isinstance(kind, dtypes.DType)
            and kind is cls.dtype
            and ((instance.device.type == "cpu") == (cls.place == "cpu"))
        )

    def __repr__(cls) -> str:
        return f"<class '{cls.__module__}.{cls.__name__}'>"


def types(place: str) -> dict[str, Any]:
    """``FloatTensor`` and its kind for a device."""

    def made(name: str, dtype: Any) -> Any:
        def __new__(cls: Any, *args: Any, device: Any = None) -> Any:
            return construct(dtype, args, cls.place if device is None else device)

        module = "torch" if place == "cpu" else f"torch.{place}"
        own = {"__new__": __new__, "__module__": module, "dtype": dtype, "place": place}
        return LegacyType(name, (), own)

    return {name: made(name, dtype) for dtype, name in NAMES.items()}


def set_default_tensor_type(t: Any, /) -> None:
    """Make a floating type the default, on the CPU or on ``torch.cuda``.

    Source: torch.set_default_tensor_type.

    >>> import lightgrad.torch as torch
    >>> torch.set_default_tensor_type(torch.DoubleTensor); torch.tensor(1.5).dtype
    torch.float64
    >>> torch.set_default_tensor_type("torch.FloatTensor")
    """
    kind = dtype_of(t) if isinstance(t, (str, LegacyType)) else None
    if kind is None or not kind.is_floating_point:
        raise DtypeError(
            f"set_default_tensor_type: only floating-point types are supported as the default "
            f"type, not {t!r}; use torch.FloatTensor or torch.DoubleTensor"
        )
    place = ("cuda" if "cuda" in t else "cpu") if isinstance(t, str) else t.place
    devices.backend_of(place)  # its error, before anything has changed
    dtypes.set_default_dtype(kind)
    devices.set_default_device(None if place == "cpu" else place)
