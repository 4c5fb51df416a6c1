"""Collapsing the operations of one module call into one box.

Who called what is not recorded, so that computing costs nothing more.  It is read off
the graph: an operation belongs to the module whose parameters it takes, and so does what
lies between two such operations or brings their results together.  The call ends when
the same operation takes the same parameter again, or where another module comes in
between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lightgrad.graphs.nodes import Box


@dataclass(eq=False)
class _Call:
    path: str
    boxes: list[Box] = field(default_factory=list)
    uses: set[tuple[str, Box]] = field(default_factory=set)


def collapse(boxes: list[Box], model: Any, depth: int | None) -> list[Box]:
    """The boxes with every module call merged; ``depth`` cuts the paths of inner modules."""
    leaves = _name_leaves(boxes, model, depth)
    calls = _calls(boxes, leaves)
    modules = dict(model.named_modules())
    return _merged(boxes, calls, leaves, modules)


def _name_leaves(boxes: list[Box], model: Any, depth: int | None) -> dict[Box, str]:
    """The module path of every box that is a parameter, which is named after it."""
    paths = {id(p): name for name, p in model.named_parameters()}
    owners: dict[Box, str] = {}
    for box in boxes:
        name = paths.get(id(box.tensor())) if box.kind == "leaf" else None
        if name is not None:
            path = name.split(".")[:-1]
            kept = path if depth is None else path[:depth]
            owners[box] = ".".join(kept)
            box.name = ".".join(name.split(".")[len(kept) :])
    return owners


def _calls(boxes: list[Box], leaves: dict[Box, str]) -> dict[Box, _Call]:
    """Which call each operation belongs to."""
    #: the parameters that a box is made of and nothing else
    made_of: dict[Box, frozenset[Box]] = {box: frozenset([box]) for box in leaves}
    waiting: dict[Box, list[Box]] = {}  # such operations, until their taker is known
    latest: dict[str, _Call] = {}
    call_of: dict[Box, _Call] = {}
    for box in boxes:
        own = [made_of[b] for b in box.inputs if b in made_of]
        if not own:
            joined = _joined(box, call_of)
            if joined is not None:
                call_of[box] = joined
                joined.boxes.append(box)
            continue
        path = leaves[next(iter(own[-1]))]
        if len(own) == len(box.inputs) and all(leaves[p] == path for s in own for p in s):
            made_of[box] = frozenset().union(*own)
            waiting[box] = [box, *(b for i in box.inputs for b in waiting.get(i, []))]
            continue
        uses = {(box.op, p) for s in own for p in s}
        call = latest.get(path)
        between = None if call is None or call.uses & uses else _between(call, box, call_of)
        if call is None or between is None:
            call, between = _Call(path), []
            latest[path] = call
        side = [b for i in box.inputs for b in waiting.get(i, []) if b not in call_of]
        for member in (*between, *side, box):
            call_of[member] = call
            call.boxes.append(member)
        call.uses |= uses
    return call_of


def _joined(box: Box, call_of: dict[Box, _Call]) -> _Call | None:
    """The call all of whose ends an operation brings together, as the sum in a cell does."""
    calls = {call_of.get(i) for i in box.inputs}
    return calls.pop() if len(calls) == 1 and len(set(box.inputs)) > 1 else None


def _between(call: _Call, box: Box, call_of: dict[Box, _Call]) -> list[Box] | None:
    """What lies between a call and a box; None if it belongs to others or there is no path."""
    start = min(b.order for b in call.boxes)
    seen: set[Box] = set()
    stack, ancestors = [box], []
    while stack:
        for b in stack.pop().inputs:
            if b not in seen and b.order >= start and b.kind == "op":
                seen.add(b)
                ancestors.append(b)
                stack.append(b)
    after = set(call.boxes)
    for b in sorted(ancestors, key=lambda b: b.order):
        if any(i in after for i in b.inputs):
            after.add(b)
    between = after.intersection(ancestors).difference(call.boxes)
    if any(b in call_of for b in between):
        return None
    return sorted(between, key=lambda b: b.order)


def _merged(
    boxes: list[Box], calls: dict[Box, _Call], leaves: dict[Box, str], modules: dict[str, Any]
) -> list[Box]:
    new: dict[_Call, Box] = {}
    for call in dict.fromkeys(calls.values()):
        members = sorted(call.boxes, key=lambda b: b.order)
        last = members[-1]
        module = modules[call.path]
        used = list(dict.fromkeys(i for b in members for i in b.inputs if i in leaves))
        title = f"{call.path}: {type(module).__name__}" if call.path else type(module).__name__
        box = Box("module", title, last.order, last.shape, [], last.name, last.value)
        box.tensor, box.received = last.tensor, last.received
        box.parts, box.detail = [*used, *members], " → ".join(b.op for b in members)
        new[call] = box
    home = {box: new[call] for box, call in calls.items()}
    absorbed = {leaf for leaf in leaves if _only_inside(leaf, boxes, home)}
    out = [b for b in boxes if b not in home and b not in absorbed] + list(new.values())
    for box in out:
        sources = [i for b in (box.parts or [box]) for i in b.inputs]
        moved = [home.get(i, i) for i in sources]
        wanted = [i for i in moved if i is not box and i not in absorbed]
        merged = box.kind == "module" or any(i.kind == "module" for i in wanted)
        box.inputs = list(dict.fromkeys(wanted)) if merged else wanted
    return sorted(out, key=lambda b: b.order)


def _only_inside(leaf: Box, boxes: list[Box], home: dict[Box, Box]) -> bool:
    return all(b in home for b in boxes if leaf in b.inputs)
