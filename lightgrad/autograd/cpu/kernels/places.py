"""Several values for one place: which one stays, and their sum in a fixed order."""

from __future__ import annotations

import numpy as np
from numpy import ndarray


def sum_into(n: int, index: ndarray, rows: ndarray) -> ndarray:
    """Add ``rows[i]`` to row ``index[i]`` of an (n, d) array of zeros, in a fixed order.

    Floats are accumulated in float64.
    """
    width, dtype = rows.shape[1], rows.dtype
    if dtype.kind != "f":
        out = np.zeros((n, width), dtype)
        np.add.at(out, index, rows)
        return out
    if 4 * index.size >= n:  # counting passes over all of `out`
        if width != 1:
            index = (index[:, None] * width + np.arange(width)).reshape(-1)
        total = np.bincount(index, rows.reshape(-1), n * width)
        return total.reshape(n, width).astype(dtype, copy=False)
    out = np.zeros((n, width), dtype)
    if rows.size:
        order = np.argsort(index, kind="stable")
        index = index[order]
        starts = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1])))
        out[index[starts]] = np.add.reduceat(rows[order], starts, 0, np.float64)
    return out


def in_order(index: ndarray) -> ndarray:
    """Indices as they are to be taken: of several values for one place the last one stays.

    NumPy takes them as they lie in memory.
    """
    return index if index.flags.c_contiguous else index.copy()
