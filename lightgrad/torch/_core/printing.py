"""The text of tensors as PyTorch has it, from NumPy arrays and what else is said of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lightgrad.autograd import dtypes as plain
from lightgrad.errors import ArgumentError, DtypeError


@dataclass
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: float = 80
    sci_mode: bool | None = None


OPTIONS = Options()
_PROFILES: dict[str, dict[str, float]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors are printed from now on.  Source: torch.set_printoptions.

    >>> set_printoptions(precision=2); text(np.float32([1.25, 2.5]))
    'tensor([1.25, 2.50])'
    >>> set_printoptions(profile="default")
    """
    if profile is not None:
        if profile not in _PROFILES:
            raise ArgumentError(
                f"set_printoptions: profile must be one of {', '.join(_PROFILES)}, not {profile!r}"
            )
        for name, value in _PROFILES[profile].items():
            setattr(OPTIONS, name, value)
    given = (precision, threshold, edgeitems, linewidth)
    for name, new in zip(("precision", "threshold", "edgeitems", "linewidth"), given, strict=True):
        if new is not None:
            setattr(OPTIONS, name, new)
    OPTIONS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options that `set_printoptions` has set.

    >>> get_printoptions()["linewidth"]
    80
    """
    return {field.name: getattr(OPTIONS, field.name) for field in fields(OPTIONS)}


def text(array: np.ndarray, notes: Iterable[str] = (), name: str = "tensor") -> str:
    """A tensor of these values as PyTorch prints it, with notes such as a device behind it.

    >>> text(np.float64([[1, 2.5]]), ["requires_grad=True"])
    'tensor([[1.0000, 2.5000]], dtype=torch.float64, requires_grad=True)'
    """
    default = [plain.default(), plain.int64, plain.bool_]
    said, start = [note for note in notes if note.startswith("device=")], f"{name}("
    if not OPTIONS.edgeitems if array.size else array.ndim != 1:
        said.append(f"size={tuple(array.shape)}")
    if array.dtype not in default[: 3 if array.size else 1]:
        said.append(f"dtype=torch.{array.dtype.name}")
    said += [note for note in notes if note not in said]
    hidden = "[...]" if array.ndim and _is_long(array) and not OPTIONS.edgeitems else "[]"
    shown = array.size and hidden == "[]"
    return _with_notes(start + (_values(array, len(start)) if shown else hidden), said, len(start))


def _with_notes(said: str, notes: list[str], indent: int) -> str:
    """Notes follow on the same line where they fit there."""
    length = len(said) - said.rfind("\n") + 1
    for note in notes:
        if length + len(note) + 2 > OPTIONS.linewidth:
            said += ",\n" + " " * indent + note
            length = indent + len(note)
        else:
            said += f", {note}"
            length += len(note) + 2
    return said + ")"


def _is_long(array: np.ndarray) -> bool:
    return array.size > OPTIONS.threshold


def _values(array: np.ndarray, indent: int) -> str:
    """The numbers in brackets, of long arrays the first and the last along every axis."""
    edge = OPTIONS.edgeitems if _is_long(array) else array.size  # of which there is no half
    write, width = _writer(_edges(array, edge))
    if array.ndim == 0:
        return write(array.item())
    return _nested(array, indent, edge, width, write)


def _edges(array: np.ndarray, edge: int) -> np.ndarray:
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            array = array.take([*range(edge), *range(size - edge, size)], axis)
    return array


def _nested(
    array: np.ndarray, indent: int, edge: int, width: int, write: Callable[[Any], str]
) -> str:
    parts = array.tolist() if array.ndim == 1 else list(array)
    cut = len(parts) > 2 * edge
    if cut:
        parts = [*parts[:edge], *parts[len(parts) - edge :]]
    if array.ndim > 1:
        said = [_nested(p, indent + 1, edge, width, write) for p in parts]
        between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
        if cut:
            said.insert(edge, "...")
        return f"[{between.join(said)}]"
    said = [write(p) for p in parts]
    if cut:
        said.insert(edge, " ...")
    per_line = int(max(1, min((OPTIONS.linewidth - indent) // (width + 2), len(said))))
    lines = [", ".join(said[at : at + per_line]) for at in range(0, len(said), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _writer(array: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """What writes a number of this array as long as all others, and how long that is."""
    if array.dtype.kind != "f":
        width = max((len(str(v)) for v in array.ravel().tolist()), default=0)
        return lambda v: str(v).rjust(width), width
    used = array[np.isfinite(array) & (array != 0)].astype(np.float64)
    whole = bool((used == np.ceil(used)).all())
    style = _style(used, whole)
    dot = "." if style == ".0f" and whole else ""
    width = max((len(format(v, style)) + len(dot) for v in used.tolist()), default=1)

    def write(v: float) -> str:
        said = format(v, style) + (dot if math.isfinite(v) else "")
        return said.rjust(width)

    return write, width


def _style(used: np.ndarray, whole: bool) -> str:
    """How Python formats a number beside these, which are finite and not zero."""
    sizes = abs(used) if used.size else np.ones(1)
    high, low = float(sizes.max()), float(sizes.min())
    far = high / low > 1000 or high > 1e8 or (not whole and low < 1e-4)
    if used.size and (far if OPTIONS.sci_mode is None else OPTIONS.sci_mode):
        return f".{OPTIONS.precision}e"
    return ".0f" if whole else f".{OPTIONS.precision}f"


def represent(t: Any) -> str:
    """What ``repr`` says of a tensor of `lightgrad.torch`."""
    kind = type(t).__name__
    notes = [] if type(t).device_name == "cpu" else [f"device='{t.device}'"]
    node = t.grad_fn
    if node is not None:
        notes.append(f"grad_fn=<{type(node).__name__}>")
    elif t.requires_grad:
        notes.append("requires_grad=True")
    plainly = text(t._values(), notes, "tensor" if kind == "Tensor" else kind)
    if "_is_param" not in t.__dict__:
        return plainly
    return f"Parameter containing:\n{plainly}" if kind == "Tensor" else f"Parameter({plainly})"


def formatted(t: Any, spec: str) -> str:
    """What ``format`` says of a tensor: a single number's own format, else what ``str`` says."""
    if t.ndim == 0 and type(t).__name__ == "Tensor" and "_is_param" not in t.__dict__:
        return format(t.item(), spec)
    if spec:
        raise DtypeError(
            f"unsupported format string passed to Tensor.__format__: {spec!r} is for a number, and "
            f"this tensor has shape {tuple(t.shape)}; use item() or tolist()"
        )
    return str(t)
