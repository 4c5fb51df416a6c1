"""Running sums and products: of parts, of their ends, then of all elements."""

from __future__ import annotations

import math

import numpy as np

from lightgrad.autograd.dtypes import float32, float64
from lightgrad.autograd.opencl.array import Array, empty
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import memory_type
from lightgrad.autograd.opencl.kernels.call import call

#: elements that one work-item adds one after the other before a row is split
LONG = 512

_PLACE = """
  long j = i % p.inner, part = i / p.inner % p.parts, o = i / p.inner / p.parts;
  long first = part * p.size, last = min(first + p.size, p.n);
  long at = (o * p.n + first) * p.inner + j;"""


def _body(sign: str, kind: str, parts: bool, ends: bool) -> str:
    """What one work-item does: all values of its part, or with ``ends`` only the last."""
    start = "0" if sign == "+" else "1"
    if parts and not ends:
        start = f"part ? before[i - p.inner] : ({kind}){start}"
    return f"""{_PLACE}
  {kind} total = {start};
  for (long k = first; k < last; k++, at += p.inner) {{
    total = total {sign} a[at];
    {"" if ends else "out[at] = total;"}
  }}
  {"out[i] = total;" if ends else ""}"""


def within(device: Device, dtype: np.dtype) -> np.dtype:
    """What is added in: wider than the result where the device has it."""
    return float64 if dtype == float32 and device.supports(float64) else dtype


def running(sign: str, a: Array, dim: int, dtype: np.dtype) -> Array:
    """The running sums (+) or products (*) along ``dim``."""
    a, device, shape = a.flat(), a.device, a.shape
    n, inner, outer = shape[dim], math.prod(shape[dim + 1 :]), math.prod(shape[:dim])
    out = empty(device, shape, dtype)
    if not out.size:
        return out
    total = within(device, dtype)
    size = n if n <= LONG else math.isqrt(n)
    parts = -(-n // size)
    longs = {"n": n, "inner": inner, "parts": parts, "size": size}
    arrays = {"a": a, "out": out}
    if parts > 1:
        ends = empty(device, (outer, parts, inner), total)
        _run(sign, total, True, {"a": a, "out": ends}, longs, ends.size)
        arrays["before"] = running(sign, ends, 1, total)
    _run(sign, total, False, arrays, longs, outer * parts * inner)
    return out


def _run(
    sign: str,
    total: np.dtype,
    ends: bool,
    arrays: dict[str, Array],
    longs: dict[str, int],
    items: int,
) -> None:
    parts, kind = longs["parts"] > 1, memory_type(total)
    name = ("running", sign, kind, parts, ends)
    call(name, lambda: _body(sign, kind, parts, ends), arrays, longs, items)
