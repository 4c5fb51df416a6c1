"""What a batched tensor shows in place of data: dtype and shape, nothing to compute with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from lightgrad.autograd.contract import Met


class Shown:
    """The dtype and shape of one sample; a kernel that reads more meets `Met`, and gives way."""

    __slots__ = ("_run", "dtype", "shape")

    def __init__(self, dtype: Any, shape: tuple[int, ...], run: Callable[..., Any]) -> None:
        self.dtype, self.shape, self._run = dtype, shape, run

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def _give_way(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Met(self._run)

    def __getattr__(self, name: str) -> NoReturn:
        raise Met(self._run)


for _name in (
    *("array", "array_ufunc", "array_function", "len", "iter", "getitem", "setitem", "contains"),
    *("bool", "int", "float", "index", "neg", "abs", "invert", "eq", "ne", "lt", "le", "gt", "ge"),
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"),
    *("radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod", "rpow", "rmatmul", "rand", "ror"),
    *("lshift", "rshift", "rlshift", "rrshift", "rxor"),
):
    setattr(Shown, f"__{_name}__", Shown._give_way)
