"""Pooling over windows, in whatever order the input lies in memory.

``how`` is (kernel, stride, padding, dilation, output sizes).  Results get the order of the
input.  A work-item takes lanes along the fastest axis and, on a CPU, walks the axis before
it; windows, strides and the order are in the text, sizes are not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import float32
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, covers_its_block
from lightgrad.autograd.opencl.elementwise import Lanes
from lightgrad.autograd.opencl.kernels.call import call
from lightgrad.autograd.opencl.kernels.reduction import COMBINE
from lightgrad.autograd.shapes import Shape

int32 = np.dtype(np.int32)


def pool(kind: str, x: Array, how: Any) -> Array:
    """The "max" or "sum" of each window."""
    x, combine = _dense(x), COMBINE[kind]
    order = _order(x)
    y = _empty(x, order, (*x.shape[:2], *how[4]), x.dtype)
    borders = _borders(x.shape, how)

    def text(width: int) -> str:
        t = Lanes(x.dtype, width)
        step = f"{t.name} v = {_load('x', 'at', width)};\nm = {combine.text(t, 'm', 'v')};"
        start = t.c(combine.start(x.dtype))
        loops = _windows(how, borders, step)
        return f"{t.name} m = {start};\n{loops}\n{_store('y', 'here', 'm', width)}"

    _walk((kind, how[:4], borders), text, order, {"y": y, "x": x})
    return y


def max_back(g: Array, x: Array, y: Array, how: Any) -> Array:
    """Each g at the first largest x of its window, added up where windows overlap."""
    x = _dense(x)
    if _disjoint(how):
        return _spread(g, x.shape, _order(x), how, (x, y))
    return _collect(g, x.shape, _order(x), how, _largest(x, y, how))


def sum_back(g: Array, shape: Shape, how: Any) -> Array:
    """Each g at all places of its window, added up where windows overlap."""
    back = _spread if _disjoint(how) else _collect
    return back(g, shape, _order(_dense(g)), how)


def read_largest(t: Array, x: Array, y: Array, how: Any) -> Array:
    """The elements of t where the first largest x of each window is."""
    return _largest(_dense(x), y, how, t)


def windows_back(g: Array, shape: Shape, dim: int, size: int, step: int) -> Array:
    """Windows along an axis, laid on the last one, added up where they were read."""
    g, out = g.flat(), arrays.empty(g.device, shape, g.dtype)
    n = shape[dim] if shape else 1
    inner = arrays.contiguous(shape)[dim] if shape else 1
    numbers = {"n": n, "inner": inner, "size": size, "step": step, "count": (n - size) // step + 1}
    text = f"""
  long outer = i / (p.n * p.inner), x = i / p.inner % p.n, y = i % p.inner;
  {Lanes(g.dtype).name} sum = 0;
  for (long w = max(x - p.size + p.step, 0L) / p.step; w < p.count && w * p.step <= x; w++)
    sum += g[((outer * p.count + w) * p.inner + y) * p.size + x - w * p.step];
  out[i] = sum;"""
    call("windows_back", lambda: text, {"out": out, "g": g}, numbers, out.size)
    return out


# ----------------------------------------------------------------- kernels


def _largest(x: Array, y: Array, how: Any, t: Array | None = None) -> Array:
    """Which position of each window holds the first largest x; or the t there."""
    order, borders = _order(x), _borders(x.shape, how)
    out = _empty(x, order, y.shape, int32 if t is None else t.dtype)
    operands = {"out": out, "x": x, "y": _alike(y, out.strides)}
    if t is not None:
        operands["t"] = _alike(t, x.strides)

    def text(width: int) -> str:
        lanes = Lanes(out.dtype, width)
        value = f"({lanes.name})(number)" if t is None else _load("t", "at", width)
        step = f"r = {lanes.choose('won', value, 'r')};"
        loops = _first(how, borders, x.dtype, step, width)
        return f"{lanes.name} r = 0;\n{loops}\n{_store('out', 'here', 'r', width)}"

    _walk(("largest", t is None, how[:4], borders), text, order, operands)
    return out


def _spread(
    g: Array, shape: Shape, order: Shape, how: Any, largest: tuple[Array, Array] | None = None
) -> Array:
    """Windows that share nothing: each writes its own places, or that of the largest x."""
    out = _empty(g, order, shape, g.dtype)
    if not _tiles(shape, how):
        out = arrays.copy(arrays.constant(g.device, shape, g.dtype, 0), out.strides)
    borders = _borders(shape, how)
    g = _alike(g, _strides(order, g.shape))
    operands = {"g": g, "x": out}
    if largest is not None:
        operands = {"g": g, "y": _alike(largest[1], g.strides), "x": largest[0], "out": out}

    def text(width: int) -> str:
        lanes = Lanes(g.dtype, width)
        head = f"{lanes.name} g0 = {_load('g', 'here', width)};\n"
        if largest is None:
            return head + _windows(how, borders, _store("x", "at", "g0", width))
        step = _store("out", "at", lanes.choose("won", "g0", lanes.c(0)), width)
        return head + _first(how, borders, operands["x"].dtype, step, width)

    _walk(("spread", largest is None, how[:4], borders), text, order, operands)
    return out


def _collect(g: Array, shape: Shape, order: Shape, how: Any, largest: Array | None = None) -> Array:
    """Windows that overlap: each place adds up those it is in, or is the largest of."""
    out = _empty(g, order, shape, g.dtype)
    g = _alike(g, _strides(order, g.shape))
    operands = {"out": out, "x": g}
    if largest is not None:
        operands["w"] = largest
    kernel, stride, padding, dilation, _ = how

    def text(width: int) -> str:
        lanes = Lanes(g.dtype, width)
        value = _load("x", "at", width)
        if largest is not None:
            won = Lanes(int32, width).test(f"{_load('w', 'at', width)} == number")
            value = lanes.choose(won, value, lanes.c(0))
        lines, number, at = [f"{lanes.name} sum = 0;"], "0", ["c0 * p.x_0", "c1 * p.x_1"]
        for s, (k, step, pad, d) in enumerate(zip(kernel, stride, padding, dilation, strict=True)):
            lines += [
                f"for (int k{s} = 0; k{s} < {k}; k{s}++) {{",
                f"int h{s} = c{s + 2} + {pad} - k{s} * {d};",
                f"if (h{s} < 0 || h{s} % {step} || h{s} / {step} >= p.nx_{s + 2}) continue;",
            ]
            number = f"({number} * {k} + k{s})"
            at.append(f"h{s} / {step} * p.x_{s + 2}")
        lines.append(f"long at = {' + '.join(at)};\nint number = {number};\nsum += {value};")
        return "\n".join(lines) + "}" * len(kernel) + _store("out", "here", "sum", width)

    _walk(("collect", largest is None, how[:4]), text, order, operands)
    return out


def _windows(how: Any, borders: tuple[bool, ...], statements: str) -> str:
    """``statements`` for each position of a window: ``at`` in x, the ``number``-th."""
    lines, number, at = [], "0", ["c0 * p.x_0", "c1 * p.x_1"]
    for s, (k, step, pad, d) in enumerate(zip(*how[:4], strict=True)):
        lines.append(f"for (int k{s} = 0; k{s} < {k}; k{s}++) {{")
        lines.append(f"int h{s} = c{s + 2} * {step} - {pad} + k{s} * {d};")
        if borders[s]:
            lines.append(f"if (h{s} < 0 || h{s} >= p.nx_{s + 2}) continue;")
        number = f"({number} * {k} + k{s})"
        at.append(f"h{s} * p.x_{s + 2}")
    lines.append(f"long at = {' + '.join(at)};\nint number = {number};\n{statements}")
    return "\n".join(lines) + "}" * len(how[0])


def _first(how: Any, borders: Any, dtype: np.dtype, statements: str, width: int) -> str:
    """``statements`` for each position; ``won``: whether x is the first to equal y, the largest."""
    lanes, ints = Lanes(dtype, width), Lanes(int32, width)
    loaded = f"{lanes.name} x0 = {_load('x', 'at', width)};"
    won = f"open & ({lanes.test('x0 >= y0')} | {lanes.test('x0 != x0')})"  # NaN is the largest
    step = f"{loaded}\n{ints.name} won = {won};\nopen -= won;\n{statements}"
    return (
        f"{lanes.name} y0 = {_load('y', 'here', width)};\n{ints.name} open = 1;\n"
        f"{_windows(how, borders, step)}"
    )


# ----------------------------------------------------------------- walking in memory order


def _order(a: Array) -> Shape:
    """The axes, the one whose neighbours are next to each other in memory last."""
    return _sorted(a.shape, a.strides)


@lru_cache(maxsize=1024)
def _sorted(shape: Shape, strides: Shape) -> Shape:
    return tuple(sorted(range(len(shape)), key=lambda i: (shape[i] != 1, -strides[i], i)))


@lru_cache(maxsize=1024)
def _strides(order: Shape, shape: Shape) -> Shape:
    """The strides of axes that lie in memory in an order, without gaps."""
    strides, step = [0] * len(shape), 1
    for axis in reversed(order):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return tuple(strides)


def _empty(like: Array, order: Shape, shape: Shape, dtype: np.dtype) -> Array:
    return arrays.empty(like.device, shape, dtype, _strides(order, shape))


def _dense(a: Array) -> Array:
    a.ready()
    return a if covers_its_block(a) else arrays.copy(a)


def _alike(a: Array, strides: Shape) -> Array:
    """The values in a memory order."""
    same = all(n == 1 or s == m for n, s, m in zip(a.shape, a.strides, strides, strict=True))
    return a.ready() if same else arrays.copy(a, strides)


@lru_cache(maxsize=1024)
def _borders(shape: Shape, how: Any) -> tuple[bool, ...]:
    """Along which axes some window reaches over the border."""
    return tuple(
        p > 0 or (m - 1) * s + d * (k - 1) + 1 > n
        for n, k, s, p, d, m in zip(shape[2:], *how, strict=True)
    )


def _disjoint(how: Any) -> bool:
    return all(d * (k - 1) < s for k, s, d in zip(how[0], how[1], how[3], strict=True))


def _tiles(shape: Shape, how: Any) -> bool:
    """Whether disjoint windows leave out no element."""
    exact = all(n == k * m for n, k, m in zip(shape[2:], how[0], how[4], strict=True))
    return exact and how[0] == how[1] and not any(how[2])


def _walk(name: Any, text: Callable[[int], str], order: Shape, operands: dict[str, Array]) -> None:
    """Run ``text(lanes)`` for every index c0, c1, ... of the first array, ``here`` in memory.

    It sees the strides of each array as p.<array>_<axis> and the sizes of "x" as p.nx_<axis>.
    """
    device = operands["x"].device
    arrays = tuple([(k, a.shape, a.strides, a.dtype) for k, a in operands.items()])
    numbers, items, width, loop = _geometry(order, arrays, device.lanes, device.is_cpu)
    call((*name, order, width), lambda: loop.replace("TEXT", text(width)), operands, numbers, items)


# Long: the numbers and the loop that fits them.
@lru_cache(maxsize=1024)
def _geometry(order: Shape, arrays: Any, lanes: int, is_cpu: bool) -> Any:
    """Numbers of the struct, work-items, lanes, and the loop around TEXT."""
    here, shape = arrays[0][:2]
    *outer, middle, last = order
    wide = last < 2 and shape[last] >= lanes and all(a[2][last] == 1 for a in arrays)
    width = lanes if wide and all(a[3] in (float32, int32) for a in arrays) else 1
    if is_cpu and width == 1:  # the compiler may find lanes in the inner loop
        middle, last = last, middle
    span = shape[middle] if is_cpu else 1
    numbers = {f"m_{i}": n for i, n in enumerate(shape)}
    for key, sizes, strides, _ in arrays:
        numbers |= {f"nx_{i}": n for i, n in enumerate(sizes) if key == "x"}
        numbers |= {f"{key}_{i}": step for i, step in enumerate(strides)}
    chunks = -(-shape[last] // width)
    spans = -(-shape[middle] // max(span, 1))
    items = chunks * spans
    for i in outer:
        items *= shape[i]
    numbers |= {"span": span, "spans": spans, "chunks": chunks}
    lines = [
        "long row = i / p.chunks, q = row / p.spans;",
        f"int c{last} = min((i - row * p.chunks) * {width}, p.m_{last} - {width});",
        "int from = (row - q * p.spans) * p.span;",
        f"int to = min(from + p.span, p.m_{middle});",
    ]
    for axis in reversed(outer):
        lines.append(f"int c{axis} = q % p.m_{axis}; q /= p.m_{axis};")
    at = " + ".join(f"c{i} * p.{here}_{i}" for i in range(len(shape)))
    lines.append(f"for (int c{middle} = from; c{middle} < to; c{middle}++) {{")
    lines.append(f"long here = {at};\nTEXT\n}}")
    return numbers, items, width, "\n".join(lines)


def _load(pointer: str, at: str, width: int) -> str:
    return f"{pointer}[{at}]" if width == 1 else f"vload{width}(0, {pointer} + {at})"


def _store(pointer: str, at: str, value: str, width: int) -> str:
    if width == 1:
        return f"{pointer}[{at}] = {value};"
    return f"vstore{width}({value}, 0, {pointer} + {at});"
