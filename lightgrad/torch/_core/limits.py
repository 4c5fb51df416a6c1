"""The largest, smallest and finest numbers of a dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.errors import DtypeError
from lightgrad.torch._core import dtypes

#: of dtypes that NumPy lacks: eps, greatest, smallest, smallest normal, resolution
_FLOATS = {
    "bfloat16": (2.0**-7, (2 - 2.0**-7) * 2.0**127, None, 2.0**-126, 0.01),
    "float8_e4m3fn": (0.125, 448.0, None, 2.0**-6, 1.0),
    "float8_e4m3fnuz": (0.125, 240.0, None, 2.0**-7, 1.0),
    "float8_e5m2": (0.25, 57344.0, None, 2.0**-14, 1.0),
    "float8_e5m2fnuz": (0.125, 57344.0, None, 2.0**-15, 1.0),
    "float8_e8m0fnu": (1.0, 2.0**127, 2.0**-127, 2.0**-127, 1.0),
}


class _Limits:
    """What `finfo` and `iinfo` share."""

    _shown: tuple[str, ...]

    def __init__(self, kind: dtypes.DType) -> None:
        #: the name of the dtype
        self.dtype = kind.name
        self.bits = kind.itemsize * 8

    def __eq__(self, other: object) -> Any:
        return self.dtype == other.dtype if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        numbers = [f"{name}={getattr(self, name):g}" for name in self._shown]
        return f"{type(self).__name__}({', '.join(numbers)}, dtype={self.dtype})"


class finfo(_Limits):
    """The limits of a floating dtype.  Source: torch.finfo.

    >>> finfo(dtypes.float16).max, finfo().eps
    (65504.0, 1.1920928955078125e-07)
    """

    __module__ = "torch"
    _shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type: Any = None) -> None:
        kind = _asked("finfo", dtypes.get_default_dtype() if type is None else type).to_real()
        if not kind.is_floating_point:
            raise DtypeError(
                f"torch.finfo() requires a floating point input type, not {kind!r}. Use torch.iinfo"
            )
        super().__init__(kind)
        eps, top, bottom, tiny, resolution = _FLOATS.get(kind.name) or _of_numpy(kind)
        self.eps, self.max, self.min = eps, top, -top if bottom is None else bottom
        self.smallest_normal = self.tiny = tiny
        self.resolution = resolution


class iinfo(_Limits):
    """The limits of an integer dtype.  Source: torch.iinfo.

    >>> iinfo(dtypes.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    __module__ = "torch"
    _shown = ("min", "max")

    def __init__(self, type: Any) -> None:
        kind = _asked("iinfo", type)
        known = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
        if kind.name not in known:
            raise DtypeError(
                f"torch.iinfo() requires an integer input type, not {kind!r}. Use torch.finfo"
            )
        super().__init__(kind)
        limits = np.iinfo(kind.name)
        self.min, self.max = int(limits.min), int(limits.max)


def _asked(op: str, kind: Any) -> dtypes.DType:
    if not isinstance(kind, dtypes.DType):
        said = type(kind).__name__
        raise DtypeError(f"{op}(): argument 'type' (position 1) must be torch.dtype, not {said}")
    return kind


def _of_numpy(kind: dtypes.DType) -> tuple[float, float, None, float, float]:
    if kind.name not in ("float16", "float32", "float64"):
        raise DtypeError(f"finfo: {kind!r} has no limits that are known")
    limits = np.finfo(kind.name)
    resolution = float(f"1e-{limits.precision}")
    return float(limits.eps), float(limits.max), None, float(limits.smallest_normal), resolution
