"""The oracles: float64 on NumPy, differences of values, another device, and torch."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.autograd.devices.manifest import Manifest
from lightgrad.fuzz import known, refusals, torch_calls
from lightgrad.fuzz.bound import Bounds
from lightgrad.fuzz.differences import slope
from lightgrad.fuzz.library import Light, largest
from lightgrad.fuzz.program import Program
from lightgrad.fuzz.run import Outcome, run, run_apart


@dataclass(frozen=True)
class Disagreement:
    """What an oracle says otherwise."""

    oracle: str
    what: str  # "v3", "v0.grad", or "step 5"
    detail: str

    @property
    def kind(self) -> str:
        """What stays the same when the program is shrunk."""
        return f"{self.oracle}/{'error' if self.what.startswith('step') else 'value'}"

    def __str__(self) -> str:
        return f"{self.what}: {self.detail} (by {self.oracle})"


class Judge:
    """Runs programs on a device and asks every oracle there is."""

    def __init__(self, device: Any = CpuTensor, oracles: tuple[str, ...] = ()) -> None:
        self.library = Light(device)
        self.instead = _instead(device)
        named = oracles or ("float64", "differences", "cpu", "torch")
        self.torch = torch_calls.Torch() if "torch" in named and torch_calls.available() else None
        self.other = Light(CpuTensor) if "cpu" in named and device is not CpuTensor else None
        self.wide = "float64" in named
        self.differences = "differences" in named

    @property
    def oracles(self) -> tuple[str, ...]:
        names = ["float64"] * self.wide + ["differences"] * self.differences
        return tuple(
            names + ["cpu"] * (self.other is not None) + ["torch"] * (self.torch is not None)
        )

    def judge(self, program: Program, only: str = "") -> tuple[Outcome, list[Disagreement]]:
        """The outcome on the device, and what the oracles have against it."""
        program = program.instead(self.instead) if self.instead else program
        got = run(program, self.library)
        bounds = Bounds(program)
        return got, list(self._asked(program, got, bounds, only))

    def _asked(
        self, program: Program, got: Outcome, bounds: Bounds, only: str
    ) -> Iterator[Disagreement]:
        asked = self.torch is not None and only in ("", "torch") and _comparable(program)
        if asked:
            yield from self._torchs(program, got, bounds)
        if self.other and only in ("", "cpu"):
            yield from compared("cpu", program, got, run(program, self.other), bounds)
        if self.wide and only in ("", "float64") and _narrow(program) and known.faithful(program):
            yield from compared("float64", program, got, bounds.reference, bounds)
        # where torch says the same, now and then is enough
        often = not asked or program.number % 4 == 0 or only
        if self.differences and often and only in ("", "differences"):
            off = slope(program)
            if off is not None:
                yield Disagreement("differences", *off)

    def _torchs(self, program: Program, got: Outcome, bounds: Bounds) -> Iterator[Disagreement]:
        """What torch says otherwise, unless that is how it rounds.

        So it is if both give the same in float64, and we do in the program's own dtypes.
        """
        said = (
            run_apart(program, self.torch) if known.crashes(program) else run(program, self.torch)
        )
        wrong = list(compared("torch", program, got, said, bounds)) if said is not None else []
        numbers = all(d.kind == "torch/value" and "dtype" not in d.detail for d in wrong)
        if wrong and numbers and _narrow(program):
            wide = program.instead(WIDE)
            true = run(wide, Light(CpuTensor))
            theirs = {d.what for d in compared("torch", wide, true, run(wide, self.torch), bounds)}
            ours = {d.what for d in compared("float64", program, got, true, bounds)}
            if not {d.what for d in wrong} & (theirs | ours):
                return
        nan = numbers and all("instead of nan" in d.detail for d in wrong)
        if nan and known.twice(program) and known.faithful(program) and slope(program) is None:
            return  # torch multiplies zero and infinity
        yield from wrong


#: so many roundings of the largest number may be left where torch's derivatives cancel to zero
_CANCELLED = 16
#: all floats in float64
WIDE = {"float16": "float64", "float32": "float64"}


def _instead(device: Any) -> dict[str, str]:
    """The dtypes that a device has not, and what programs are given in their place."""
    asked = getattr(device, "capabilities", Manifest)
    manifest: Manifest = device.manifest or asked()
    return {
        name: "float32" for name in ("float16", "float64") if not manifest.supports(np.dtype(name))
    }


def _comparable(program: Program) -> bool:
    return known.comparable(program) and all(
        s.kind != "call" or torch_calls.callable_in_torch(s.name) for s in program.steps
    )


def _narrow(program: Program) -> bool:
    return any(d in ("float16", "float32") for d in program.dtypes.values())


def compared(
    oracle: str, program: Program, got: Outcome, true: Outcome, bounds: Bounds
) -> Iterator[Disagreement]:
    """Errors by step, then values; dtypes too, unless the oracle has all floats in float64."""
    writes = any(s.writes for s in program.steps)
    if any(program.steps[n].writes for n in got.errors.keys() & true.errors.keys()):
        return  # torch may have written a part of it
    if writes and any(got.views[n] != true.views[n] for n in got.views.keys() & true.views.keys()):
        return  # a reshape that is a view here and a copy there: nobody promises
    for n in sorted(set(got.errors) ^ set(true.errors)):
        if (n not in true.ran and n not in true.errors) or (
            n not in got.ran and n not in got.errors
        ):
            continue  # it was not reached there
        mine, theirs = (o.errors.get(n, "") for o in (got, true))
        if lacking(theirs) or refusals.excused(program, theirs) or refusals.refused(program, mine):
            return
        if refusals.lenient(theirs):  # whether what we give is right, the reference knows
            if program.kinds & {"hook", "retain"}:  # but it writes copies, where hooks see others
                return
            yield from compared("float64", program, got, bounds.reference, bounds)
        elif oracle == "float64" and (mine.startswith("InplaceError") or "was freed" in theirs):
            return  # it refuses nothing of that kind; its views are copies, and keep their graph
        elif not bounds.sided(n):
            yield Disagreement(
                oracle, f"step {n}", f"{mine or 'no error'}, but {theirs or 'no error'}"
            )
        return  # what follows differs for this reason
    if oracle == "torch" and known.faithful(program):
        if known.endless(program):
            true = _finite_where(true, bounds.reference)
        if known.twice(program):
            true = _cancelled_where(true, bounds)
    yield from _values(oracle, got, true, bounds)


def _finite_where(true: Outcome, reference: Outcome) -> Outcome:
    """torch's numbers, and in the place of those that are not finite the reference's that are."""
    values = dict(true.values)
    for name, theirs in values.items():
        exact = reference.values.get(name)
        if not _floating(theirs) or not _floating(exact) or exact.shape != theirs.shape:
            continue
        lost = ~np.isfinite(theirs) & np.isfinite(exact)
        if lost.any():
            with np.errstate(over="ignore"):
                values[name] = np.where(lost, exact, theirs).astype(theirs.dtype)
    return replace(true, values=values)


def _cancelled_where(true: Outcome, bounds: Bounds) -> Outcome:
    """torch's numbers, and zero for what is only the rounding of parts that cancel to zero.

    The reference is asked only if there is something so small.
    """
    scale = max((largest(a) for a in true.values.values() if _floating(a)), default=0.0)
    values = dict(true.values)
    for name, theirs in values.items():
        if _floating(theirs):
            least = _CANCELLED * float(np.finfo(theirs.dtype).eps) * scale
            small = (theirs != 0) & (np.abs(theirs).astype(np.float64) <= least)
            if small.any():
                exact = bounds.reference.values.get(name)
                if _floating(exact) and exact.shape == theirs.shape:
                    values[name] = np.where(small & (exact == 0), theirs.dtype.type(0), theirs)
    return replace(true, values=values)


def _floating(value: Any) -> TypeGuard[np.ndarray]:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _values(oracle: str, got: Outcome, true: Outcome, bounds: Bounds) -> Iterator[Disagreement]:
    endless, overflow = _first_endless(true), _first_endless(got)
    changed = any(s.writes for s in bounds.program.steps)  # perhaps of what it came from
    for name in got.values:
        if name not in true.values:
            continue
        mine, theirs = got.values[name], true.values[name]
        if name.endswith(".grad") or name.startswith("hook"):
            mine, theirs = _zeros(mine, theirs), _zeros(theirs, mine)
        arrays = isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray)
        if arrays and oracle != "float64" and mine.dtype != theirs.dtype:
            said = f"it has dtype {mine.dtype} instead of {theirs.dtype}"
            yield Disagreement(oracle, name, said)
            continue
        number = int(name[1:]) if name[1:].isdigit() else math.inf
        spare = number > overflow or (math.inf if changed else number) > endless
        pair = _finite(mine, theirs, spare)
        wrong = bounds.compare(name, *pair, zeros=oracle != "float64")
        if wrong is not None:
            yield Disagreement(oracle, name, str(wrong))


def _first_endless(true: Outcome) -> float:
    """The first variable with nan or inf in it: what comes after may treat them in its own way."""
    for name, value in true.values.items():
        if _floating(value) and name[1:].isdigit() and not np.isfinite(value).all():
            return int(name[1:])
    return math.inf


def _finite(mine: Any, theirs: Any, spare: bool) -> tuple[Any, Any]:
    """Without the elements that are nan or inf on either side, if those are spared."""
    if not spare or not isinstance(mine, np.ndarray) or not isinstance(theirs, np.ndarray):
        return mine, theirs
    if mine.shape != theirs.shape or mine.dtype.kind != "f":
        return mine, theirs
    both = np.isfinite(mine) & np.isfinite(theirs)
    return np.where(both, mine, 0).astype(mine.dtype), np.where(both, theirs, 0).astype(
        theirs.dtype
    )


def _zeros(value: Any, like: Any) -> Any:
    """No gradient counts as zeros."""
    return np.zeros_like(like) if value is None and isinstance(like, np.ndarray) else value


def lacking(error: str) -> bool:
    """Whether torch has not what it was asked for."""
    return error.startswith("Lacking") or "is not implemented" in error
