"""The dtypes of `lightgrad.torch`: one object each, equal to NumPy's and printed as PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import dtypes as plain
from lightgrad.errors import DtypeError


class DType:
    """The type of the elements of a tensor.  Source: torch.dtype.

    It equals NumPy's, where there is one that lightgrad can store, and stands in its place.

    >>> import numpy as np
    >>> float32, float32.itemsize, float32 == np.dtype("float32"), np.zeros(1, float32).dtype
    (torch.float32, 4, True, dtype('float32'))
    """

    __slots__ = (
        "_dtype",
        "_hash",
        "char",
        "is_complex",
        "is_floating_point",
        "itemsize",
        "kind",
        "name",
        "str",
        "type",
    )
    __module__ = "torch"

    _dtype: np.dtype | None
    _hash: int
    itemsize: int
    is_complex: bool
    is_floating_point: bool
    name: Any
    #: as NumPy's dtype has them; None where there is none
    kind: Any
    char: Any
    str: Any
    type: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> DType:
        raise TypeError(
            "cannot create 'torch.dtype' instances; take one of those that exist, as torch.float32"
        )

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'torch.dtype' is not an acceptable base type")

    @property
    def dtype(self) -> np.dtype:
        """NumPy's dtype, for which NumPy asks."""
        if self._dtype is None:
            raise DtypeError(
                f"tensors cannot hold {self!r}; of the floating dtypes there are torch.float16, "
                f"torch.float32 and torch.float64, of the others bool, uint8 and int8 to int64"
            )
        return self._dtype

    @property
    def is_signed(self) -> bool:
        """Whether there are negative numbers of this dtype."""
        if self.name.startswith(("bits", "qint", "quint")):
            raise DtypeError(f"is_signed: {self!r} says nothing of its sign")
        return not self.name.startswith(("uint", "bool", "float8_e8m0"))

    def to_real(self) -> DType:
        """The dtype of real and imaginary parts."""
        return NAMES[_PARTS.get(self.name, self.name)]

    def to_complex(self) -> DType:
        """The dtype of complex numbers whose parts have this one."""
        if self.is_complex:
            return self
        for whole, part in _PARTS.items():
            if self.name in (part, _BRAIN.get(part)):
                return NAMES[whole]
        raise DtypeError(f"to_complex: there are no complex numbers with parts of {self!r}")

    def newbyteorder(self, order: Any = None) -> np.dtype:
        """NumPy's dtype in another order of bytes."""
        return self.dtype.newbyteorder("S" if order is None else order)

    def __eq__(self, other: object) -> Any:
        if self is other:
            return True
        return self._dtype == other if isinstance(other, np.dtype) else NotImplemented

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> Any:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return named, (self.name,)


DType.__name__ = DType.__qualname__ = "dtype"  # as programs know it; its property has the name here
dtype = DType


#: the dtypes that programs name and tensors cannot hold, by bytes per element
_NAMED_ONLY = {
    1: "float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 "
    "int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6 uint7 "
    "qint8 quint8 quint4x2 quint2x4 bits8 bits1x8 bits2x4 bits4x2",
    2: "bfloat16 uint16 bits16",
    4: "uint32 complex32 qint32",
    8: "uint64 complex64",
    16: "complex128",
}
_PARTS = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}
_BRAIN = {"float32": "bfloat16"}
_ALIASES = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "chalf": "complex32",
    "cfloat": "complex64",
    "cdouble": "complex128",
    "bit": "uint1",
}


def _made(name: str, itemsize: int) -> DType:
    """A new dtype; with NumPy's attributes too, where tensors can hold it."""
    new: Any = object.__new__(DType)
    native = np.dtype(name) if name in {d.name for d in plain.DTYPES} else None
    new._dtype, new.name, new.itemsize = native, name, itemsize
    new._hash = hash(name if native is None else native)
    new.is_complex = name.startswith("complex")
    new.is_floating_point = name.startswith(("float", "bfloat"))
    for attribute in ("kind", "char", "str", "type"):
        setattr(new, attribute, getattr(native, attribute, None))
    return new


_ALL = [_made(d.name, d.itemsize) for d in plain.DTYPES]
_ALL += [
    _made(name, size)
    for size, names in _NAMED_ONLY.items()
    for name in names.split()
    if name not in {d.name for d in plain.DTYPES}
]
#: every name a dtype has in torch, and the dtype
NAMES: dict[str, DType] = {d.name: d for d in _ALL}
NAMES.update({alias: NAMES[name] for alias, name in _ALIASES.items()})

bool_, uint8 = NAMES["bool"], NAMES["uint8"]
int8, int16, int32, int64 = (NAMES[name] for name in ("int8", "int16", "int32", "int64"))
float16, float32, float64 = (NAMES[name] for name in ("float16", "float32", "float64"))
bfloat16, complex64, complex128 = (NAMES[n] for n in ("bfloat16", "complex64", "complex128"))

_OF = {d.dtype: d for d in _ALL if d._dtype is not None}
#: the object that stands for a dtype of NumPy: ``of(np.dtype("int64")) is int64``
of = _OF.__getitem__


def named(name: str) -> DType:
    """The dtype of this name or alias.

    >>> named("long")
    torch.int64
    """
    return NAMES[name]


def widest(kind: Any) -> Any:
    """A dtype as it is, and for Python's ``float`` the widest, as programs of PyTorch mean it.

    >>> widest(float), widest(float16), widest(None)
    (torch.float64, torch.float16, None)
    """
    return _PYTHON.get(kind, kind) if type(kind) is type else kind


def read(op: str, kind: Any) -> DType | None:
    """What programs pass for a dtype, where Python's types have their widest; None stays None.

    >>> read("zeros", float), read("zeros", int), read("zeros", float16)
    (torch.float64, torch.int64, torch.float16)
    """
    if kind is None or type(kind) is DType:
        return kind
    found = _PYTHON.get(kind) if type(kind) is type else None
    if found is None:
        said = type(kind).__name__
        raise DtypeError(
            f"{op}(): argument 'dtype' must be torch.dtype, not {said}; use one as torch.float32"
        )
    return found


_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128}


def get_default_dtype() -> DType:
    """The dtype of floats that are not told another.  Source: torch.get_default_dtype.

    >>> get_default_dtype()
    torch.float32
    """
    return of(plain.default())


def set_default_dtype(d: Any, /) -> None:
    """Make another floating dtype the default.  Source: torch.set_default_dtype.

    >>> set_default_dtype(float64); get_default_dtype()
    torch.float64
    >>> set_default_dtype(float32)
    """
    if type(d) is not DType or not d.is_floating_point:
        raise DtypeError(
            f"set_default_dtype: only floating-point types are supported as the default type, "
            f"not {d!r}; use torch.float16, torch.float32 or torch.float64"
        )
    plain.set_default(d.dtype)


def promote_types(type1: Any, type2: Any) -> DType:
    """The dtype in which two meet.  Source: torch.promote_types.

    >>> promote_types(int64, float16), promote_types(uint8, int8)
    (torch.float16, torch.int16)
    """
    a, b = _required("promote_types", "type1", type1), _required("promote_types", "type2", type2)
    if a._dtype is not None and b._dtype is not None:
        return of(plain.promote(a._dtype, b._dtype))
    low, high = sorted((a, b), key=_rank)
    if high.is_complex:
        part = promote_types(low.to_real(), high.to_real()) if _rank(low) > 1 else high.to_real()
        return part.to_complex()
    if _rank(low) < _rank(high) or low is high:
        return high
    if not high.is_floating_point or 1 in (low.itemsize, high.itemsize):
        raise DtypeError(f"promote_types: {a!r} and {b!r} have no dtype in common; convert one")
    return float32 if low.itemsize == high.itemsize else max(low, high, key=lambda d: d.itemsize)


def can_cast(from_: Any, to: Any) -> bool:
    """Whether values of one dtype may be written into another.  Source: torch.can_cast.

    >>> can_cast(float64, float32), can_cast(float32, int64)
    (True, False)
    """
    return _rank(_required("can_cast", "from_", from_)) <= _rank(_required("can_cast", "to", to))


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype of a sum of two tensors or numbers.  Source: torch.result_type.

    >>> result_type(1, 2.5)
    torch.float32
    """
    if not hasattr(tensor1, "dtype"):
        tensor1, tensor2 = tensor2, tensor1
    if not hasattr(tensor1, "dtype"):
        kinds = [plain.as_dtype(type(number)) for number in (tensor1, tensor2)]
        best = plain.promote(*kinds)
        return of(plain.default() if best.kind == "f" else best)
    mine = plain.as_dtype(tensor1.dtype)
    if not hasattr(tensor2, "dtype"):
        return of(plain.scalar_dtype(mine, tensor2))
    theirs = plain.as_dtype(tensor2.dtype)
    return of(plain.result_dtype(mine, tensor1.ndim, theirs, tensor2.ndim))


def _rank(d: DType) -> int:
    """Which dtypes win over which: bool, integers, floats, complex numbers."""
    return 3 if d.is_complex else 2 if d.is_floating_point else int(d is not bool_)


def _required(op: str, argument: str, kind: Any) -> DType:
    if type(kind) is not DType:
        said = type(kind).__name__
        raise DtypeError(f"{op}(): argument {argument!r} must be torch.dtype, not {said}")
    return kind
