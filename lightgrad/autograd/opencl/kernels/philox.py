"""Random numbers on the device: Philox 4x64 with ten rounds, and what is drawn from it.

`lightgrad.autograd.generator` defines every bit.  A work-item computes one block of
four words and writes the elements that come from it: four, or eight that take half a
word each.  Source: Salmon et al. (2011), "Parallel Random Numbers: As Easy as 1, 2, 3".
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import float32, float64, int64
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import platforms
from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import Lanes
from lightgrad.autograd.opencl.kernels.call import call, number_text, numbers
from lightgrad.autograd.opencl.kernels.sorting import order
from lightgrad.autograd.shapes import Shape

HELPERS = """
#pragma OPENCL FP_CONTRACT OFF
#if defined(LG_WIDE) && defined(__SIZEOF_INT128__)
#define lg_high(a, b) ((ulong)(((unsigned __int128)(a) * (b)) >> 64))
#else
#define lg_high mul_hi
#endif
ulong4 lg_block(long key, ulong c0, ulong c1, ulong c2, ulong c3)
{
  ulong k0 = (ulong)key, k1 = 0;
  for (int round = 0; round < 10; round++) {
    ulong high0 = lg_high(0xD2E7470EE14C6C93UL, c0), low0 = 0xD2E7470EE14C6C93UL * c0;
    ulong high2 = lg_high(0xCA5A826395121157UL, c2), low2 = 0xCA5A826395121157UL * c2;
    c0 = high2 ^ c1 ^ k0; c1 = low2; c2 = high0 ^ c3 ^ k1; c3 = low0;
    k0 += 0x9E3779B97F4A7C15UL; k1 += 0xBB67AE8584CAA73BUL;
  }
  return (ulong4)(c0, c1, c2, c3);
}
"""

#: counters have 256 bits: the block's number is added to the lowest word, with carries
_BLOCK = """
  ulong c0 = (ulong)p.c0 + (ulong)i, c1 = (ulong)p.c1, c2 = (ulong)p.c2, c3 = (ulong)p.c3;
  if (c0 < (ulong)i && !++c1 && !++c2) c3++;
  ulong4 block = lg_block(p.key, c0, c1, c2, c3);
  ulong words[4] = {block.x, block.y, block.z, block.w};
"""


@lru_cache(maxsize=16)
def _helpers(device: Device) -> str:
    # one instruction, where mul_hi of PoCL takes dozens; other drivers may not know the type
    wide = device.info.platform.name == platforms.POCL
    return ("#define LG_WIDE\n" if wide else "") + HELPERS


def _draw(
    name: str,
    out: Array,
    key: int,
    counter: int,
    value: str,
    longs: dict[str, int] | None = None,
    floats: dict[str, float] | None = None,
    *,
    halves: bool = False,
    before: str = "",
    more: dict[str, Array] | None = None,
) -> Array:
    """Fill ``out`` with ``value``, C text over the index j and ``word``, a word or a half."""
    per = 8 if halves else 4

    def element(k: int) -> str:
        """The k-th of a block; written out, so that the words stay in registers."""
        word = (
            f"uint word = (uint)(words[{k // 2}] >> {k % 2 * 32})"
            if halves
            else f"ulong word = words[{k}]"
        )
        return f"j = i * {per} + {k}; if (j < p.n) {{ {word}; out[j] = {value.format(k=k)}; }}"

    def text() -> str:
        return f"{_BLOCK}{before}\n  long j;\n  " + "\n  ".join(map(element, range(per)))

    blocks = -(-out.size // per)
    parts = {f"c{k}": signed((counter + 1) >> (64 * k)) for k in range(4)}
    given = {"n": out.size, "key": signed(key), **parts, **(longs or {})}
    named = {"out": out, **(more or {})}
    call(("philox", name), text, named, given, blocks, floats=floats, helpers=_helpers(out.device))
    return out


def signed(word: int) -> int:
    """The lowest 64 bits as an int64."""
    return (word + 2**63) % 2**64 - 2**63


def _unit(dtype: np.dtype, word: str) -> str:
    """A uniform number from a word or a half."""
    shift, bits, cast = {8: (11, 53, "double"), 4: (8, 24, "float"), 2: (21, 11, "half")}[
        dtype.itemsize
    ]
    return f"({cast})({word} >> {shift}) * {Lanes(dtype).c(2.0**-bits)}"


def uniform(
    device: Device, shape: Shape, dtype: np.dtype, key: int, counter: int, low: float, high: float
) -> Array:
    """Numbers between low and high."""
    out = arrays.empty(device, shape, dtype)
    if (low, high) == (0.0, 1.0):
        halves = dtype != float64
        return _draw("unit", out, key, counter, _unit(dtype, "word"), halves=halves)
    real = float64 if dtype == float64 else float32
    with np.errstate(over="ignore"):
        rounded = {"low": dtype.type(low).item(), "span": dtype.type(high - low).item()}
    floats, longs = numbers(real, rounded)
    t = Lanes(dtype)
    span, start = (t.convert(number_text(dtype, n)) for n in ("span", "low"))
    value = f"{_unit(dtype, 'word')} * {span} + {start}"
    return _draw("uniform", out, key, counter, value, longs, floats, halves=dtype != float64)


def normal(
    device: Device, shape: Shape, dtype: np.dtype, key: int, counter: int, mean: float, std: float
) -> Array:
    """Normal numbers, in pairs by Box and Muller."""
    out = arrays.empty(device, shape, dtype)
    wide = dtype == float64
    real = float64 if wide else float32
    t = Lanes(real)
    floats, longs = numbers(real, {"mean": mean, "std": std})
    first = "(double)(words[2 * m] >> 11)" if wide else "(float)(uint)words[m]"
    second = _unit(real, "words[2 * m + 1]" if wide else "(words[m] >> 32)")
    pairs = 2 if wide else 4
    before = f"""
  {t.name} normals[{2 * pairs}];
  for (int m = 0; m < {pairs}; m++) {{
    {t.name} u = ({first} + {t.c(1)}) * {t.c(2.0 ** (-53 if wide else -32))};
    {t.name} radius = sqrt(log(u) * {t.c(-2)}), angle = {second} * {t.c(2 * math.pi)}, c;
    {t.name} s = sincos(angle, &c);
    normals[2 * m] = radius * c;
    normals[2 * m + 1] = radius * s;
  }}"""
    value = f"normals[{{k}}] * {number_text(real, 'std')} + {number_text(real, 'mean')}"
    return _draw("normal", out, key, counter, value, longs, floats, halves=not wide, before=before)


def integers(
    device: Device, shape: Shape, dtype: np.dtype, key: int, counter: int, low: int, high: int
) -> Array:
    """Integers of [low, high); the span 2**64 is all of them."""
    out = arrays.empty(device, shape, dtype)
    drawn = "(long)((p.span ? lg_high(word, (ulong)p.span) : word) + (ulong)p.low)"
    value = f"{drawn} != 0" if dtype.kind == "b" else Lanes(dtype).convert(drawn)
    longs = {"low": low, "span": signed(high - low)}
    if dtype.kind in "iu":
        out.block.bounds = low, high - 1  # type: ignore[union-attr]
    return _draw("integers", out, key, counter, value, longs)


def trials(
    device: Device,
    shape: Shape,
    dtype: np.dtype,
    key: int,
    counter: int,
    p: Any,
    success: float = 1,
) -> Array:
    """``success`` with probability p, a number or an array, else zero."""
    out = arrays.empty(device, shape, dtype)
    yes = str(success)
    floats: dict[str, float] = {}
    longs: dict[str, int] = {}
    if dtype.kind == "f":
        floats, longs = numbers(float64 if dtype == float64 else float32, {"success": success})
        yes = number_text(dtype, "success")
    more = {}
    if isinstance(p, Array):
        more["chance"] = p.flat()
        real = Lanes(float64 if p.dtype == float64 else float32)
        limit = f"(ulong)rint(({real.name})chance[j] * {real.c(2.0**32)})"
    else:
        longs["limit"] = round(p * 2.0**32)
        limit = "(ulong)p.limit"
    value = f"word < {limit} ? {yes} : 0"
    name = f"trials {yes}{' each' if more else ''}"
    return _draw(name, out, key, counter, value, longs, floats, halves=True, more=more)


def permutation(device: Device, n: int, key: int, counter: int) -> Array:
    """The stable argsort of n words as unsigned integers."""
    # with the highest bit turned, signed integers have the order of unsigned ones
    words = arrays.empty(device, (n,), int64)
    return order(_draw("words", words, key, counter, "(long)(word ^ (1UL << 63))"), 0)
