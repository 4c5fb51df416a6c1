"""The devices of `lightgrad.torch`: PyTorch's names, and which backend each of them means."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any

from lightgrad.autograd.devices import registry
from lightgrad.errors import ArgumentError, DeviceError, DtypeError

#: the types of devices that PyTorch knows; registered backends come to them
TYPES = frozenset(
    re.findall(
        r"\w+",
        "cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu "
        "mtia privateuseone",
    )
)

#: what another name means: "cuda" is "opencl" here after ``--device opencl``
MEANS: dict[str, str] = {}

_inside: ContextVar[tuple[device, ...]] = ContextVar("inside", default=())


class NotCompiledError(DeviceError, AssertionError):
    """A device that this installation does not have; PyTorch raises an AssertionError."""


class device:
    """The name of a device, with its number.  Source: torch.device.

    >>> device("cuda:1"), device("cpu").index, str(device("cuda", 0))
    (device(type='cuda', index=1), None, 'cuda:0')
    """

    __slots__ = ("index", "type")
    __module__ = "torch"

    type: str
    index: int | None

    def __new__(cls, type: Any = None, index: Any = None) -> device:
        if isinstance(type, device) and index is None:
            return type
        if isinstance(type, str):
            return _made(*_parsed(type, index))
        if isinstance(type, int) and not isinstance(type, bool) and index is None:
            return _made(accelerator(), type)
        raise DtypeError(
            f"device(): expected a name and a number, as device('cuda', 0), a device or the "
            f"number of an accelerator, not ({_said(type)}, {_said(index)})"
        )

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'torch.device' is not an acceptable base type")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"attribute {name!r} of 'torch.device' objects is not writable")

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, device):
            return NotImplemented
        return self.type == other.type and self.index == other.index

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        number = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{number})"

    def __reduce__(self) -> Any:
        return _made, (self.type, self.index)

    def __enter__(self) -> device:
        _inside.set((*_inside.get(), self))
        return self

    def __exit__(self, *error: object) -> None:
        _inside.set(_inside.get()[:-1])


def _made(kind: str, index: int | None) -> device:
    new = object.__new__(device)
    object.__setattr__(new, "type", kind)
    object.__setattr__(new, "index", index)
    return new


def _said(value: Any) -> str:
    return type(value).__name__


def _parsed(text: str, index: Any) -> tuple[str, int | None]:
    """Type and number of a device's name."""
    kind, colon, number = text.partition(":")
    if not text:
        raise DeviceError("Device string must not be empty; use 'cpu' or 'opencl'")
    if kind not in TYPES and not registry.discover(kind):
        known = ", ".join(sorted(TYPES))
        raise DeviceError(f"Expected one of {known} device type at start of device string: {text}")
    if not colon:
        if index is not None and not isinstance(index, int):
            raise DtypeError(
                f"device(): argument 'index' (position 2) must be int, not {_said(index)}"
            )
        if index is not None and index < 0:
            raise DeviceError(f"Device index must not be negative, as {index} is")
        return kind, index
    if not re.fullmatch(r"0|[1-9][0-9]*", number, re.ASCII):
        raise DeviceError(f"Invalid device string: {text!r}; write it as '{kind}:0'")
    if index is not None:
        raise DeviceError(
            f"type (string) must not include an index because index was passed explicitly: {text}"
        )
    return kind, int(number)


def accelerator() -> str:
    """The name by which programs know the accelerator: "cuda" where that is OpenCL here."""
    return next((name for name, meant in MEANS.items() if meant == "opencl"), "opencl")


def mean(name: str, backend: str | None) -> None:
    """Let a name of PyTorch stand for a backend from now on, or for nothing again.

    >>> mean("cuda", "opencl"); backend_of(device("cuda:1")); mean("cuda", None)
    'opencl:1'
    """
    if name == "cpu" or name not in TYPES:
        raise ArgumentError(f"mean: {name!r} must be a device type of PyTorch other than 'cpu'")
    if backend is None:
        MEANS.pop(name, None)
    else:
        MEANS[name] = backend


def backend_of(place: Any) -> str:
    """The name of lightgrad's backend for a device, its name or its number.

    >>> backend_of("cpu:0"), backend_of(device("opencl", 1))
    ('cpu', 'opencl:1')
    """
    asked = place if type(place) is device else device(place)
    kind = MEANS.get(asked.type, asked.type)
    if kind == "cpu":
        return "cpu"
    if not registry.discover(kind):
        raise NotCompiledError(_remedy(asked.type))
    return f"{kind}:{asked.index}" if asked.index else kind


def _remedy(kind: str) -> str:
    if kind == "cuda":
        return (
            "Torch not compiled with CUDA enabled: lightgrad has no CUDA. Run the program with "
            "python -m lightgrad.torch --device opencl, where 'cuda' means OpenCL, or ask for 'cpu'"
        )
    known = ", ".join(registry.names())
    return f"Torch not compiled with {kind.upper()} enabled: lightgrad has the devices {known}"


_SHOWN: dict[tuple[str, str], device] = {}


def of(name: str) -> device:
    """The device that programs see for a backend's name.

    >>> of("cpu"), of("opencl")
    (device(type='cpu'), device(type='opencl', index=0))
    """
    key = name, accelerator()
    found = _SHOWN.get(key)
    if found is None:
        kind, _, number = name.partition(":")
        shown = next((known for known, meant in MEANS.items() if meant == kind), kind)
        found = _SHOWN[key] = _made(shown, None if kind == "cpu" else int(number or 0))
    return found


_default: ContextVar[device | None] = ContextVar("default", default=None)


def get_default_device() -> device:
    """Where factories put a tensor that is not told another device.

    >>> with device("opencl"): get_default_device()
    device(type='opencl', index=0)
    """
    inside = _inside.get()
    chosen = inside[-1] if inside else _default.get()
    if chosen is None:
        return of("cpu")
    return chosen if chosen.index is not None or chosen.type == "cpu" else _made(chosen.type, 0)


def set_default_device(place: Any) -> None:
    """Where factories put tensors from now on; None is the CPU.  Source: torch.set_default_device.

    >>> set_default_device("cpu"); get_default_device()
    device(type='cpu')
    """
    _default.set(None if place is None else device(place))
