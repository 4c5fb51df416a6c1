"""Launching a kernel that is written out: one that is not made of recorded operations."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from ctypes import c_float
from typing import Any

from lightgrad.autograd.dtypes import float64
from lightgrad.autograd.opencl.array import Array, mixed
from lightgrad.autograd.opencl.elementwise import memory_type


def call(
    name: Any,
    body: Callable[[], str],
    arrays: Mapping[str, Array],
    longs: Mapping[str, int],
    items: int,
    *,
    floats: Mapping[str, float] | None = None,
    local: int = 0,
    helpers: str = "",
) -> None:
    """Run ``body()`` for ``items`` work-items.

    The text sees every array as a pointer of its name to its first element, and the
    numbers as ``p.name``; ``name`` and the dtypes decide whether a compiled kernel fits.
    Without ``local`` the text runs for ``long i`` from 0 to ``items`` - 1; with it the
    work-groups have exactly that size, ``items`` is a multiple of it, and the text asks
    for its own ids.  Strides are the caller's business: pass them as numbers, or pass
    arrays that are `flat()`.
    """
    floats = floats or {}
    operands = list(arrays.values())
    device = operands[0].device
    for a in operands:
        a.ready()
        if a.device is not device:
            raise mixed(str(name), device, a.device)
    if not items:
        return
    key = ("call", name, local, tuple([a.dtype.char for a in operands]))
    kernel = device.kernels.get(key)
    if kernel is None:
        kernel = device.kernel(
            key, lambda: _source(body(), arrays, list(longs), list(floats), local, helpers)
        )
    pack = _packer(len(operands) + len(longs) + 1, len(floats)).pack
    numbers = pack(items, *[a.offset for a in operands], *longs.values(), *floats.values())
    size = local or (64 if device.is_cpu else 128)
    kernel.run((-(-items // size) * size,), (size,), numbers, [a.block for a in operands])


_PACKERS: dict[tuple[int, int], struct.Struct] = {}


def _packer(longs: int, floats: int) -> struct.Struct:
    packer = _PACKERS.get((longs, floats))
    if packer is None:
        pad = 4 * (floats % 2)
        packer = _PACKERS[longs, floats] = struct.Struct(f"={longs}q{floats}f{pad}x")
    return packer


def _source(
    body: str,
    arrays: Mapping[str, Array],
    longs: list[str],
    floats: list[str],
    local: int,
    helpers: str,
) -> str:
    members = ["items", *(f"offset_{n}" for n in arrays), *longs]
    declared = "".join(f" long {n};" for n in members) + "".join(f" float {n};" for n in floats)
    types = {n: memory_type(a.dtype) for n, a in arrays.items()}
    pointers = ", ".join(f"__global {kind} *memory_{n}" for n, kind in types.items())
    starts = "\n".join(
        f"  __global {kind} *{n} = memory_{n} + p.offset_{n};" for n, kind in types.items()
    )
    loop = "" if local else "  long i = get_global_id(0);\n  if (i >= p.items) return;\n"
    return (
        f"typedef struct {{{declared}}} P;\n{helpers}\n"
        f"__kernel void run(const P p, {pointers})\n{{\n{starts}\n{loop}{body}\n}}\n"
    )


def numbers(dtype: Any, values: Mapping[str, float]) -> tuple[dict[str, float], dict[str, int]]:
    """Numbers of a floating dtype as the ``floats`` and ``longs`` of `call`."""
    if dtype != float64:
        return {n: c_float(x).value for n, x in values.items()}, {}  # too large: infinity
    bits = struct.unpack(f"={len(values)}q", struct.pack(f"={len(values)}d", *values.values()))
    return {}, dict(zip(values, bits, strict=True))


def number_text(dtype: Any, name: str) -> str:
    """What the text calls one of `numbers`."""
    return f"as_double(p.{name})" if dtype == float64 else f"p.{name}"
