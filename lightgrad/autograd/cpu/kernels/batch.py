"""A matrix product as a batch of smaller ones, each of which OpenBLAS gives to one thread.

NumPy has no function for it, so it is called in the library that NumPy brings along.  That is
tried once, and left alone where it is not as expected: `product` then does nothing.
"""

from __future__ import annotations

import re
from ctypes import c_char_p, c_double, c_float, c_int, c_int64, c_void_p
from functools import lru_cache
from typing import Any

from numpy import ndarray

from lightgrad.autograd.cpu.threads import blas_library

#: multiplications from which a product is cut in two, each with more than a million: for less
#: OpenBLAS takes code that is broken in some versions
LEAST = 1 << 21
#: rows that parts have if there are more than two, each of which reads the whole other matrix;
#: and how many parts there are at most
ROWS, MOST = 256, 16
#: parts are rows, which lie together in memory, unless there are fewer than FEW or as many
#: columns as WIDE times the rows
FEW, WIDE = 128, 8
#: the first version of OpenBLAS whose batches are known to be right
KNOWN = (0, 3, 31)
BY_ROWS, PLAIN, TURNED = 101, 111, 112  # CBLAS's words for the order and for transposing


@lru_cache(maxsize=1)
def _functions() -> dict[str, Any]:
    """OpenBLAS's batched products, by the letter of their dtype; empty where it has none."""
    library, functions = blas_library(), {}
    if not hasattr(library, "scipy_openblas_get_config64_"):  # NumPy's own, with 64-bit sizes
        return {}
    library.scipy_openblas_get_config64_.restype = c_char_p
    version = re.search(rb"OpenBLAS (\d+)\.(\d+)\.(\d+)", library.scipy_openblas_get_config64_())
    if version is None or tuple(map(int, version.groups())) < KNOWN:
        return {}
    for char, name, number in (("f", "s", c_float), ("d", "d", c_double)):
        function = getattr(library, f"cblas_{name}gemm_batch_strided", None)
        if function is not None:
            matrix = c_void_p, c_int64, c_int64
            sizes = c_int64, c_int64, c_int64
            function.argtypes = (c_int,) * 3 + sizes + (number, *matrix, *matrix, number, *matrix)
            function.argtypes += (c_int64,)
            function.restype = None
            functions[char] = function
    return functions


@lru_cache(maxsize=256)
def _cut(m: int, n: int, work: int) -> tuple[bool, int]:
    """Whether to cut into rows, not columns, and into how many parts of equal size.

    A power of two; fewer rows than parts may be left over.  None, 0, where they would be too
    small, as two of one row each of three may be.
    """
    by_rows = m >= n or (m >= FEW and n < WIDE * m)
    length = m if by_rows else n
    most = min(MOST, length // ROWS, work // LEAST)
    parts = 1 << max(1, most.bit_length() - 1)
    return by_rows, parts if length // parts * (work // length) >= LEAST // 2 else 0


def _layout(a: ndarray) -> tuple[int, int] | None:
    """Whether a matrix is transposed in memory, and how far its rows are from each other."""
    (i, j), size, (m, n) = a.strides, a.itemsize, a.shape
    if j == size and i >= n * size and not i % size:
        return PLAIN, i // size
    if i == size and j >= m * size and not j % size:
        return TURNED, j // size
    return None


def product(x: ndarray, y: ndarray, out: ndarray, work: int) -> tuple[int, int]:
    """Fill ``out`` with the product of two matrices of float32 or float64, as far as possible.

    ``work`` is the number of multiplications; how it is cut depends on sizes alone.  Returns
    how many rows of ``out`` it has filled, or how many columns; one of them is 0.
    """
    if work < LEAST or not out.flags.c_contiguous:
        return 0, 0
    function = _functions().get(x.dtype.char)
    a, b = _layout(x), _layout(y)
    if function is None or a is None or b is None:
        return 0, 0
    rows, columns = m, n = out.shape
    by_rows, parts = _cut(m, n, work)
    if not parts:
        return 0, 0
    (turn_x, row_x), (turn_y, row_y) = a, b
    next_x = next_y = 0
    if by_rows:
        rows //= parts
        next_x, next_out = rows * (row_x if turn_x == PLAIN else 1), rows * n
    else:
        columns //= parts
        next_y, next_out = columns * (1 if turn_y == PLAIN else row_y), columns
    function(
        *(BY_ROWS, turn_x, turn_y, rows, columns, x.shape[1], 1.0),
        *(x.ctypes.data, row_x, next_x),
        *(y.ctypes.data, row_y, next_y),
        *(0.0, out.ctypes.data, n, next_out, parts),
    )
    return (parts * rows, 0) if by_rows else (0, parts * columns)
