"""Sorting by merging, and what follows from an order: search, distinct rows, places.

A sort moves indices, and with them the elements if they are single numbers.  It starts
from short sorted runs and merges two into one, over and over.
"""

from __future__ import annotations

import math

from lightgrad.autograd.dtypes import bool_, int64
from lightgrad.autograd.opencl.array import Array, contiguous, empty
from lightgrad.autograd.opencl.elementwise import memory_type
from lightgrad.autograd.opencl.kernels.call import call
from lightgrad.autograd.opencl.kernels.cumulative import running

#: the runs of the first pass, in which the smaller elements are counted, not searched
RUN = 32


def _less(a: Array, u: str, v: str) -> str:
    """NaN is larger than every number."""
    return f"({u} < {v} || ({v} != {v} && {u} == {u}))" if a.dtype.kind == "f" else f"({u} < {v})"


def _before(a: Array, descending: bool, many: bool) -> str:
    """Whether one row of columns comes before another: the first that differs decides."""
    kind = memory_type(a.dtype)
    yes, no = ("v", "u") if descending else ("u", "v")
    rest = f"""if ({_less(a, no, yes)}) return 0;
    x++; y++;
  }}
  return 0;"""
    return f"""
int before(__global const {kind} *x, __global const {kind} *y, long columns) {{
  {"for (long k = 0; k < columns; k++) {" if many else ""}
    {kind} u = *x, v = *y;
    {f"if ({_less(a, yes, no)}) return 1;" if many else f"return {_less(a, yes, no)};"}
    {rest if many else ""}
}}"""


_COUNT = f"""
  long row = i / p.n, q = i - row * p.n, start = row * p.n;
  a += (row / p.inner) * p.n * p.step + row % p.inner;
  long first = q / {RUN} * {RUN}, last = min(first + {RUN}, p.n), place = first;
  for (long y = first; y < last; y++) {{
    place += y < q ? !before(a + q * p.step, a + y * p.step, p.columns)
                   : before(a + y * p.step, a + q * p.step, p.columns);
  }}
  out[start + place] = q;
  FIRST"""

# Each work-item writes a piece of a merged run: a binary search finds how many of the
# elements before the piece are of the left run.  Of equal elements those of the left run
# come first, which keeps the sort stable.
_MERGE = f"""
  long row = i / p.pieces, start = row * p.n, d = (i - row * p.pieces) * {RUN};
  long left = d / (2 * p.width) * (2 * p.width), right = min(left + p.width, p.n);
  long n = right - left, m = min(p.width, p.n - right);
  a += (row / p.inner) * p.n * p.step + row % p.inner;
  out += start + left;
  d -= left;
  long low = max(0L, d - m), high = min(d, n);
  while (low < high) {{
    long middle = (low + high) / 2;
    if (before(AT(right + d - 1 - middle), AT(left + middle), p.columns)) high = middle;
    else low = middle + 1;
  }}
  long x = low, y = d - low, last = min(d + {RUN}, n + m);
  for (; d < last; d++) {{
    int second = x >= n || (y < m && before(AT(right + y), AT(left + x), p.columns));
    long from = start + (second ? right + y : left + x);
    if (second) y++; else x++;
    out[d] = indices[from];
    MOVE
  }}"""

#: an element of a run: single numbers move along with their indices
_SINGLE = """
#define AT(q) (keys + start + (q))
#define FIRST moved[start + place] = a[q * p.step];
#define MOVE moved[start + left + d] = keys[from];"""
_MANY = """
#define AT(q) (a + indices[start + (q)] * p.step)
#define FIRST
#define MOVE"""


def order(a: Array, dim: int, descending: bool = False) -> Array:
    """The indices that sort along ``dim``; equal elements keep their order."""
    shape, n, inner = a.shape, a.shape[dim], math.prod(a.shape[dim + 1 :])
    indices = _order(a.flat(), n, inner, 1, descending)
    outer = (s * n * inner for s in contiguous(shape[:dim]))
    return indices.view(shape, (*outer, 1, *(s * n for s in contiguous(shape[dim + 1 :]))))


def _order(a: Array, n: int, step: int, columns: int, descending: bool) -> Array:
    """The orders of rows of n elements (of columns), ``step`` apart, in C order; a is flat."""
    rows = a.size // (n * columns) if n and columns else 1
    many = columns != 1
    pieces = -(-n // RUN)
    inner = 1 if many else step
    longs = {"n": n, "inner": inner, "step": step, "columns": columns, "pieces": pieces}
    helpers = _before(a, descending, many) + (_MANY if many else _SINGLE)
    name, given, width = ("sort", descending, many), {"a": a}, 1
    while width == 1 or width < n:
        out = empty(a.device, (rows, n), int64)
        arrays = {**given, "out": out}
        if not many:
            arrays["moved"] = empty(a.device, (rows, n), a.dtype)
        text, items = (_COUNT, out.size) if width == 1 else (_MERGE, rows * pieces)
        longs["width"] = width
        call((*name, width == 1), lambda text=text: text, arrays, longs, items, helpers=helpers)  # type: ignore[misc]
        given = {"a": a, "indices": out} | ({} if many else {"keys": arrays["moved"]})
        width = RUN if width == 1 else 2 * width
    indices = given["indices"]
    indices.block.bounds = 0, max(n - 1, 0)  # type: ignore[union-attr]
    return indices


def search(a: Array, values: Array, right: bool) -> Array:
    """Where each value would be inserted into the ascending row ``a`` of the same dtype."""
    a, values = a.flat(), values.flat()
    out = empty(a.device, values.shape, int64)
    below = f"!{_less(a, 'v', 'a[middle]')}" if right else _less(a, "a[middle]", "v")

    def body() -> str:
        return f"""
  {memory_type(a.dtype)} v = values[i];
  long low = 0, high = p.n;
  while (low < high) {{
    long middle = (low + high) / 2;
    if ({below}) low = middle + 1;
    else high = middle;
  }}
  out[i] = low;"""

    arrays = {"a": a, "values": values, "out": out}
    call(("search", right), body, arrays, {"n": a.size}, out.size)
    out.block.bounds = 0, a.size  # type: ignore[union-attr]
    return out


def numbered(flags: Array) -> tuple[Array, int]:
    """The running count of a row of bools, and their number: waits for the device."""
    counts = running("+", flags, 0, int64)
    n = flags.size
    return counts, int(counts.view((), (), n - 1).numpy()) if n else 0


_DIFFERS = """
  int differs = i == 0;
  for (long k = 0; k < p.columns; k++)
    differs |= a[order[i] * p.columns + k] != a[order[i - (i > 0)] * p.columns + k];
  out[i] = differs;"""

_GROUPS = """
  inverse[order[i]] = counts[i] - 1;
  if (flags[i]) first[counts[i] - 1] = i;"""

_SIZES = "  sizes[i] = (i + 1 < p.groups ? first[i + 1] : p.n) - first[i];"

_VALUES = "  out[i] = a[order[first[i / p.columns]] * p.columns + i % p.columns];"


def distinct(a: Array) -> tuple[Array, Array, Array]:
    """The distinct rows of (n, columns) in order, the row that each became, and how many did."""
    a, device, (n, columns) = a.flat(), a.device, a.shape
    places = _order(a, n, columns, columns, False).view((n,), (1,))
    flags = empty(device, (n,), bool_)
    longs = {"n": n, "columns": columns}
    call("differs", lambda: _DIFFERS, {"a": a, "order": places, "out": flags}, longs, n)
    counts, groups = numbered(flags)
    inverse, first, sizes = (empty(device, (m,), int64) for m in (n, groups, groups))
    arrays = {"order": places, "counts": counts, "flags": flags}
    call("groups", lambda: _GROUPS, {**arrays, "inverse": inverse, "first": first}, longs, n)
    longs["groups"] = groups
    call("sizes", lambda: _SIZES, {"first": first, "sizes": sizes}, longs, groups)
    values = empty(device, (groups, columns), a.dtype)
    arrays = {"a": a, "order": places, "first": first, "out": values}
    call("values", lambda: _VALUES, arrays, longs, values.size)
    inverse.block.bounds = 0, max(groups - 1, 0)  # type: ignore[union-attr]
    return values, inverse, sizes


def where(flags: Array) -> Array:
    """The indices of the true elements of an array of bools, one row each."""
    shape, row = flags.shape, flags.flat()
    counts, n = numbered(row.view((row.size,), (1,)))
    out = empty(flags.device, (n, len(shape)), int64)
    names = [f"s{k}" for k in range(len(shape))]

    def body() -> str:
        lines = ["  if (!flags[i]) return;", f"out += (counts[i] - 1) * {len(shape)};"]
        for k in range(len(shape) - 1, -1, -1):
            lines += [f"out[{k}] = i % p.{names[k]};", f"i /= p.{names[k]};"]
        return "\n  ".join(lines)

    arrays = {"flags": row, "counts": counts, "out": out}
    longs = dict(zip(names, shape, strict=True))
    call(("where", len(shape)), body, arrays, longs, row.size if shape else 0)
    out.block.bounds = 0, max((*shape, 1)) - 1  # type: ignore[union-attr]
    return out
