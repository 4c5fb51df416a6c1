"""Where the largest and the smallest elements are."""

from __future__ import annotations

import math

from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.opencl.array import Array, contiguous, empty
from lightgrad.autograd.opencl.elementwise import memory_type
from lightgrad.autograd.opencl.kernels.call import call

#: elements that one work-item looks at before a row is split
LONG = 1024


def _body(a: Array, sign: str, again: bool) -> str:
    """The best of some candidates of a row: of all its elements, or of the winners of before."""
    at = "indices[(o * p.n + c) * p.inner + j]" if again else "c"
    better = f"v {sign} best || (v == best && at < where)"
    if a.dtype.kind == "f":
        better = f"v != v ? (best == best || at < where) : (best == best && ({better}))"
    return f"""
  long j = i % p.inner, part = i / p.inner % p.parts, o = i / p.inner / p.parts;
  long first = part * p.first, last = p.step == 1 ? min(first + p.size, p.n) : p.n;
  long where = -1;
  {memory_type(a.dtype)} best = 0;
  for (long c = first; c < last; c += p.step) {{
    long at = {at};
    {memory_type(a.dtype)} v = a[(o * p.length + at) * p.inner + j];
    if (where < 0 || ({better})) {{ where = at; best = v; }}
  }}
  out[i] = where;"""


def place(a: Array, dim: int | None, largest: bool) -> Array:
    """The index of the first extreme along ``dim``, which is dropped, or in the flat array.

    A NaN counts as the extreme.
    """
    a = a.flat()
    shape, dim = ((a.size,), 0) if dim is None else (a.shape, dim)
    length, inner, outer = shape[dim], math.prod(shape[dim + 1 :]), math.prod(shape[:dim])
    sign, n, parts, given = ">" if largest else "<", length, 0, {"a": a}
    while parts != 1:
        size = n if n <= LONG else math.isqrt(n)
        parts = -(-n // size)
        # neighbours read neighbouring elements on a GPU, each its own run on a CPU
        first, step = (size, 1) if a.device.is_cpu else (1, parts)
        sizes = {"inner": inner, "length": length, "n": n, "parts": parts, "size": size}
        indices = empty(a.device, (outer, parts, inner), int64)
        again = len(given) > 1
        call(
            ("place", sign, again),
            lambda again=again: _body(a, sign, again),  # type: ignore[misc]
            {**given, "out": indices},
            {**sizes, "first": first, "step": step},
            indices.size,
        )
        given, n = {"a": a, "indices": indices}, parts
    indices.block.bounds = 0, length - 1  # type: ignore[union-attr]
    return indices.view(kept := shape[:dim] + shape[dim + 1 :], contiguous(kept))
