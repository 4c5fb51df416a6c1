"""Data types and how they combine, by PyTorch's rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.errors import ArgumentError, DtypeError

bool_ = np.dtype(np.bool_)
uint8 = np.dtype(np.uint8)
int8 = np.dtype(np.int8)
int16 = np.dtype(np.int16)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
float16 = np.dtype(np.float16)
float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)

DTYPES = (bool_, uint8, int8, int16, int32, int64, float16, float32, float64)
#: what `default` says, unless `lightgrad.torch` has been told another
DEFAULT = float32
_default = DEFAULT

_PYTHON = {bool: bool_, int: int64, float: DEFAULT}
_SAME = {dtype: dtype for dtype in DTYPES}


def as_dtype(dtype: Any) -> np.dtype:
    """The canonical dtype for a name, a NumPy type or a Python type.

    >>> as_dtype("float32"), as_dtype(float), as_dtype(np.int64)
    (dtype('float32'), dtype('float32'), dtype('int64'))
    """
    if hasattr(dtype, "itemsize") and dtype in _SAME:  # NumPy's, or one that is equal to it
        return _SAME[dtype]
    if type(dtype) is type and dtype in _PYTHON:
        return _PYTHON[dtype]
    try:
        native = np.dtype(dtype).newbyteorder("=")
    except TypeError:
        native = None
    if native is None or native not in DTYPES:
        names = ", ".join(d.name for d in DTYPES)
        raise DtypeError(f"{dtype!r} is not a dtype lightgrad knows; use one of {names}")
    return DTYPES[DTYPES.index(native)]  # one object per dtype, native byte order


def default() -> np.dtype:
    """The dtype of Python floats and of every factory that is not told another.

    >>> default()
    dtype('float32')
    """
    return _default


def set_default(dtype: np.dtype) -> None:
    """Let `default` say another; for `lightgrad.torch`, whose programs may ask for it."""
    global _default
    _default = dtype


def is_float(dtype: np.dtype) -> bool:
    """Whether values of this dtype can carry gradients."""
    return dtype.kind == "f"


def _category(dtype: np.dtype) -> int:
    return {"b": 0, "u": 1, "i": 1, "f": 2}[dtype.kind]


def fits(source: np.dtype, target: np.dtype) -> bool:
    """Whether values may be written into a tensor of another dtype.

    >>> fits(float64, float32), fits(int64, uint8), fits(float32, int64)
    (True, True, False)
    """
    return _category(source) <= _category(target)


def promote(a: np.dtype, b: np.dtype) -> np.dtype:
    """The dtype two tensors of equal standing meet in.

    A floating dtype wins over any integer one, an integer over bool; inside a
    category the wider wins.  Source: torch.promote_types.

    >>> promote(int64, float32), promote(uint8, int8), promote(float32, float64)
    (dtype('float32'), dtype('int16'), dtype('float64'))
    """
    if a is b:
        return a
    ca, cb = _category(a), _category(b)
    if ca != cb:
        return a if ca > cb else b
    return as_dtype(np.promote_types(a, b))


def result_dtype(a: np.dtype, a_ndim: int, b: np.dtype, b_ndim: int) -> np.dtype:
    """Promotion of two tensors; a 0-d tensor only decides the category.

    >>> result_dtype(float32, 2, float64, 0)
    dtype('float32')
    """
    if (a_ndim == 0) != (b_ndim == 0):
        full, weak = (a, b) if b_ndim == 0 else (b, a)
        if _category(weak) <= _category(full):
            return full
        return weak
    return promote(a, b)


def scalar_dtype(dtype: np.dtype, value: bool | int | float) -> np.dtype:
    """The dtype a tensor of ``dtype`` takes when it meets a Python number.

    >>> scalar_dtype(float64, 2.5), scalar_dtype(int32, 2.5), scalar_dtype(bool_, 3)
    (dtype('float64'), dtype('float32'), dtype('int64'))
    """
    kind = dtype.kind
    if kind == "f" or isinstance(value, bool):
        return dtype
    if isinstance(value, int):
        return int64 if kind == "b" else dtype
    return _default


def check_held(op: str, value: Any, dtype: np.dtype) -> None:
    """Refuse what a dtype cannot hold: a complex number, a float beyond integers."""
    if isinstance(value, (complex, np.complexfloating)):
        raise DtypeError(f"{op}: the complex number {value} does not fit into dtype {dtype}")
    if dtype.kind in "iu" and isinstance(value, (float, np.floating)):
        held = np.iinfo(dtype)
        if not held.min - 1 < value < held.max + 1:
            raise DtypeError(f"{op}: {value} does not fit into dtype {dtype}")


def bounds(dtype: np.dtype, low: Any, high: Any) -> tuple[Any, Any]:
    """A lower and an upper bound, as numbers that the dtype can hold.

    >>> bounds(uint8, -3, 1000), bounds(float32, -3, 1000)
    ((0, 255), (-3, 1000))
    """
    if dtype.kind == "f":
        return low, high
    info = np.iinfo(dtype) if dtype.kind != "b" else np.iinfo(np.uint8)
    return max(low, info.min), min(high, info.max)


def number(op: str, name: str, value: Any) -> bool | int | float:
    """An argument that must be one number, as Python's own.

    >>> number("elu", "alpha", np.float32(0.5))
    0.5
    """
    if isinstance(value, (bool, int, float)):
        return value
    if getattr(value, "_edge", None) is not None:
        raise DtypeError(
            f"{op}: {name} must be a number; a gradient could not reach this tensor, pass "
            f"{name}.item()"
        )
    try:
        plain = value.item()
    except (AttributeError, ValueError):
        plain = None
    if not isinstance(plain, (bool, int, float)):
        raise DtypeError(f"{op}: {name} must be a number, not {value!r}")
    return plain


def flag(op: str, name: str, value: Any) -> bool:
    """An argument that must be true or false.

    >>> flag("unique", "return_inverse", np.True_)
    True
    """
    try:
        return bool(value)
    except ValueError:
        raise DtypeError(f"{op}: {name} must be True or False, not {value!r}") from None


def word(op: str, name: str, value: Any, words: tuple[str, ...]) -> None:
    """Refuse a word that is none of those allowed."""
    if not isinstance(value, str) or value not in words:
        known = ", ".join(words)
        raise ArgumentError(f"{op}: {name} must be one of {known}, not {value!r}")


#: the largest finite number, by bytes per element
LARGEST = {2: 65504.0, 4: float(np.finfo(np.float32).max), 8: float(np.finfo(np.float64).max)}
#: half precision, in every spelling a backend may report
HALF = frozenset((float16, np.float16))
#: every spelling of a floating dtype a backend may report
FLOATS = frozenset((float16, float32, float64, np.float16, np.float32, np.float64))
#: every spelling of a floating dtype without half precision
WIDE = FLOATS - HALF
