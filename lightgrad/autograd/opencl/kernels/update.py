"""Update rules of optimizers: many tensors of any sizes in one launch, in place.

The work-groups are dealt out to the tensors in order; each finds its own by its
number.  What changes from step to step are numbers, so nothing is compiled twice.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

import numpy as np

from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.codegen import NARROW
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import Lanes, memory_type
from lightgrad.autograd.opencl.kernels.call import call, number_text, numbers
from lightgrad.autograd.ops.optimize import Symbol, Trace, Update

#: elements that one work-group updates
SPAN = 2048
#: bytes of kernel arguments kept for the numbers that all tensors share
SPARE = 256

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "maximum": ">", "minimum": "<"}


def update_all(device: Device, update: Update, dtype: np.dtype, rows: list[list[Array]]) -> None:
    """Run a rule on rows of parameter, gradient and state.

    The arrays of a row have the same dense strides; no two rows share memory.
    """
    # a tensor costs pointer and offset for each array, and two numbers
    most = max((device.info.max_parameter_size - SPARE) // (16 * len(rows[0]) + 16), 1)
    team = device.team
    width = device.lanes if device.is_cpu and dtype.char in NARROW else 1
    scalars = tuple(update.scalars)
    floats, longs = numbers(dtype, {f"c_{n}": x for n, x in update.scalars.items()})
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        count = len(part)
        layout, groups = _layout(tuple([row[0].size for row in part]))
        call(
            ("update", update.rule, update.on, update.names, scalars, count),
            lambda n=count: _text(update, dtype, n, team, width),  # type: ignore[misc]
            dict(zip(_names(count, len(part[0])), chain.from_iterable(part), strict=True)),
            {**layout, **longs},
            groups * team,
            floats=floats,
            local=team,
        )


@lru_cache(maxsize=256)
def _names(rows: int, arrays: int) -> list[str]:
    return [f"t{i}_{k}" for i in range(rows) for k in range(arrays)]


@lru_cache(maxsize=256)
def _layout(sizes: tuple[int, ...]) -> tuple[dict[str, int], int]:
    """The size of every tensor and the work-group after its last, and how many there are."""
    layout, groups = {}, 0
    for i, n in enumerate(sizes):
        groups += -(-n // SPAN)
        layout[f"n{i}"], layout[f"end{i}"] = n, groups
    return layout, groups


def _text(update: Update, dtype: np.dtype, rows: int, team: int, width: int) -> str:
    trace = Trace(update.rule, update.on, update.names, update.scalars)
    arrays = range(len(trace.arrays))
    kind = memory_type(dtype)
    lines = [f"__global {kind} {', '.join(f'*a{k}' for k in arrays)};", "long first, size;"]
    for i in range(rows):
        taken = " ".join(f"a{k} = t{i}_{k};" for k in arrays)
        start = f"p.end{i - 1}" if i else "0"
        test = f"if (get_group_id(0) < p.end{i})" if i < rows - 1 else ""
        lines.append(f"{test} {{ first = {start}; size = p.n{i}; {taken} }}")
    text = "\n  else ".join(["  ".join(lines[:2]) + "\n  " + lines[2], *lines[3:]])
    vector = ""
    if width > 1:  # a team of one
        vector = f"for (; x + {width} <= stop; x += {width}) {_step(trace, update, dtype, width)}"
    return f"""  {text}
  long x = (get_group_id(0) - first) * {SPAN};
  long stop = min(x + {SPAN}, size);
  x += get_local_id(0);
  {vector}
  for (; x < stop; x += {team}) {_step(trace, update, dtype, 1)}"""


def _step(trace: Trace, update: Update, dtype: np.dtype, width: int) -> str:
    """Loads, operations and stores at the index x."""
    t = Lanes(dtype, width)
    used = {a for node in trace.nodes for a in node.args} | {new for _, new in trace.outputs}
    name: dict[Symbol, str] = {}
    lines = []
    for k, symbol in enumerate(trace.arrays):
        if symbol in used:
            name[symbol] = f"x{k}"
            value = f"vload{width}(0, a{k} + x)" if width > 1 else f"a{k}[x]"
            lines.append(f"{t.name} x{k} = {value};")
    for symbol, scalar in zip(trace.numbers, update.scalars, strict=True):
        name[symbol] = f"(({t.name})({number_text(dtype, f'c_{scalar}')}))"
    for i, node in enumerate(trace.nodes):
        lines.append(f"{t.name} v{i} = {_operation(t, node.op, [name[a] for a in node.args])};")
        name[node] = f"v{i}"
    for old, new in trace.outputs:
        if old is not new:
            k = trace.arrays.index(old)
            value = name[new]
            to = f"vstore{width}({value}, 0, a{k} + x)" if width > 1 else f"a{k}[x] = {value}"
            lines.append(f"{to};")
    return "{\n    " + "\n    ".join(lines) + "\n  }"


def _operation(t: Lanes, op: str, args: list[str]) -> str:
    if op in ("neg", "sqrt", "sign"):
        return f"-{args[0]}" if op == "neg" else f"{op}({args[0]})"
    a, b = args
    if op in ("maximum", "minimum"):  # a NaN stays
        taken = f"{t.test(f'{a} {_SIGNS[op]} {b}')} | {t.test(f'{a} != {a}')}"
        return t.choose(taken, a, b)
    return f"{a} {_SIGNS[op]} {b}"
