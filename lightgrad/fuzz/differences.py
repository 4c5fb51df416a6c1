"""Central differences: an oracle that knows no rule of differentiation."""

from itertools import pairwise
from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.fuzz import table
from lightgrad.fuzz.library import Wide, jitter
from lightgrad.fuzz.program import Program, Step, Var
from lightgrad.fuzz.run import run

#: relative steps; two neighbours must agree before they count
_STEPS = (1e-5, 1e-6, 1e-4, 1e-7)
#: and one between any two, to be sure
_BETWEEN = 3e-6
_TOLERANCE = 2e-5
#: a slope so much smaller than another is rounding, which need not agree with itself
_NOTHING = 1e-8


class Moved(Wide):
    """The reference with its leaves moved along a direction."""

    name = "differences"

    def __init__(self, step: float) -> None:
        super().__init__()
        self.step = step

    def leaf(self, step: Step) -> Any:
        data = np.asarray(step.data)
        if data.dtype.kind == "f":
            data = data.astype(np.float64)
            if step.requires_grad:
                data = data + self.step * direction(data)
        return CpuTensor.from_numpy(data, requires_grad=step.requires_grad)


def direction(a: np.ndarray) -> np.ndarray:
    """Of a size that depends on the number: zeros stay, and equal numbers stay equal."""
    with np.errstate(all="ignore"):
        return np.nan_to_num(a * (1 + 0.5 * jitter(a, 77)), nan=0.0, posinf=0.0, neginf=0.0)


def applies(program: Program) -> tuple[Program, int] | None:
    """The program up to its last derivative of a number, and that number, if its value tells
    its gradient.

    Not where values change behind the gradient's back: under no_grad, by detach, by hooks.
    """
    last = None
    for n, step in enumerate(program.steps):
        if step.kind in ("backward", "grad"):
            given = step.kind == "backward" and step.args[1] is not None
            if given and step.kwargs.get("retain_graph"):
                continue  # the number that this one begins with is no value of the program
            last = last if given or step.kwargs.get("inputs") else n
            if not step.kwargs.get("create_graph"):
                break
        entry = table.entries()[step.name] if step.kind == "call" else None
        hidden = entry is not None and (not entry.grad or entry.name in table.DETACHING)
        hooked = step.kind == "hook" and step.name != "look"
        if hidden or hooked or step.no_grad or step.kind in ("threads", "optimize", "clip"):
            break
        if step.name in ("detach", "detach_"):
            break
    if last is None:
        return None
    kept = tuple(
        s
        for s in program.steps[:last]
        if s.kind not in ("hook", "retain")
        and (s.kind != "backward" or s.kwargs.get("create_graph"))
    )
    return program.with_steps(kept), program.steps[last].args[0].index


# Long: the steps of one judgement, each short.
def slope(program: Program) -> tuple[str, str] | None:
    """The gradient along a direction against differences of the value."""
    pair = applies(program)
    if pair is None:
        return None
    forward, root = pair
    leaves = [s for s in forward.steps if s.kind == "leaf" and s.requires_grad]
    first = 1 + max(i for s in forward.steps for i in s.outs)
    outs = tuple(range(first, first + len(leaves)))
    wanted = tuple(Var(s.outs[0]) for s in leaves)
    last = Step("grad", outs, "", (Var(root), wanted), {"allow_unused": True})
    got = run(forward.with_steps((*forward.steps, last)), Wide())
    if len(forward.steps) not in got.ran:
        return None
    with np.errstate(all="ignore"):  # infinite gradients
        along = [
            direction(np.asarray(s.data, np.float64)) * got.values[f"v{i}"]
            for s, i in zip(leaves, outs, strict=True)
        ]
        terms = float(sum(a.sum() for a in along))
        allowed = _TOLERANCE * (float(sum(np.abs(a).sum() for a in along)) + 1e-3)
    if not np.isfinite(terms):
        return None
    numbers: list[float] = []
    for h in _STEPS:
        numbers.append(_numeric(forward, root, h))
        if not np.isfinite(numbers[-1]) or abs(terms - numbers[-1]) <= allowed:
            return None
    agreed = [(one + other) / 2 for one, other in pairwise(numbers) if _agree(one, other, terms)]
    if not agreed or not _agree(agreed[0], _numeric(forward, root, _BETWEEN), terms):
        return None
    if _kinked(forward, root):
        return None
    said = f"its slope along a direction is {terms:.7g}, but differences give {agreed[0]:.7g}"
    return f"v{root}", said


def _agree(one: float, other: float, terms: float) -> bool:
    """Whether two slopes are one that is far from the gradient's.

    Where the value swings within a step, both are small beside that, and say nothing.
    """
    near = abs(one - other)
    large = max(abs(one), abs(other))
    steady = near <= 0.1 * large or large <= _NOTHING * abs(terms)
    return steady and near <= 0.1 * min(abs(terms - one), abs(terms - other))


def _value(program: Program, root: int, h: float) -> float:
    value = run(program, Moved(h)).values.get(f"v{root}")
    return float(value.item()) if isinstance(value, np.ndarray) and value.size == 1 else np.nan


def _numeric(program: Program, root: int, h: float) -> float:
    return (_value(program, root, h) - _value(program, root, -h)) / (2 * h)


def _kinked(program: Program, root: int) -> bool:
    """Whether the two sides have slopes of their own."""
    h = 1e-6
    up, middle, down = (_value(program, root, s) for s in (h, 0.0, -h))
    right, left = (up - middle) / h, (middle - down) / h
    near = abs(right - left)
    wide = 10 * h
    up, down = _value(program, root, wide), _value(program, root, -wide)
    far = abs((up - middle) / wide - (middle - down) / wide)
    return near > 0.3 * far + 1e-6 * (abs(right) + abs(left))
