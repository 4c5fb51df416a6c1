"""How far two right results may lie apart: from what rounding does to the program itself."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lightgrad.fuzz.library import Noisy, Wide
from lightgrad.fuzz.program import Program
from lightgrad.fuzz.run import Outcome, run

#: how many roundings of the result itself are nothing to look at
_ULPS = 4
#: how many times the effect of rounding every number a result may show
_ROUNDINGS = 32
#: pairs of programs with rounding, one of each pair the other way round
_PAIRS = 3
#: and before a disagreement is reported
_MANY = 12
#: by how much the effect of all of them is multiplied besides
_LAST = 8
#: operations that take a mean from numbers
_CENTRED = ("batch_norm", "instance_norm", "layer_norm", "group_norm", "normalized", "var", "std")


class Difference(NamedTuple):
    """The worst element of a result."""

    at: tuple[int, ...]
    got: Any
    expected: Any
    allowed: float

    def __str__(self) -> str:
        said = f"at {self.at} it is {self.got!r} instead of {self.expected!r}"
        return f"{said} ({self.allowed:.2g} allowed)"


class Bounds:
    """Of one program; the programs with rounding run when a first look finds a difference.

    An element may differ by a multiple of what it changes by when every number is rounded:
    differently, and the other way round.  Where that decides on which side of a kink or of a
    comparison a number lies, the change is large, so nothing is said of what depends on it.
    """

    def __init__(self, program: Program, execute: Callable[[Program, Any], Outcome] = run) -> None:
        self.program, self._run = program, execute
        self._spread: list[Outcome] = []

    @cached_property
    def reference(self) -> Outcome:
        return self._run(self.program, Wide())

    @cached_property
    def centre(self) -> Outcome:
        """The reference as it runs under rounding, without any: whatever differs from it does
        so by rounding, and not because rounding copies what the reference shares.
        """
        return self._noisy(0, 0.0)

    def spread(self, stage: int = 1) -> list[Outcome]:
        """The reference under rounding: two of them, or all."""
        if not self._spread:
            self._spread = [self._noisy(0, sign) for sign in (1.0, -1.0)]
        if stage and len(self._spread) == 2:
            self._spread += self._pairs(1, _PAIRS)
            if self.tied:
                self._spread += self.placed
            elif self._centres():
                self._spread += self.apart
        return self._spread

    def _centres(self) -> bool:
        """Whether a mean is taken from numbers: of equal ones its rounding is left."""
        return any(s.kind == "call" and s.name.startswith(_CENTRED) for s in self.program.steps)

    def _pairs(self, first: int, last: int) -> list[Outcome]:
        return [self._noisy(n, sign) for n in range(first, last) for sign in (1.0, -1.0)]

    @cached_property
    def many(self) -> list[Outcome]:
        """So many that a number near a kink will have been on both sides of it."""
        return self.spread() + self._pairs(20, 20 + _MANY)

    @cached_property
    def placed(self) -> list[Outcome]:
        """Under rounding that makes equal numbers differ, each of them one way and the other."""
        return [self._noisy(n, sign, "place") for n in range(9, 12) for sign in (1.0, -1.0)]

    @cached_property
    def apart(self) -> list[Outcome]:
        """Under rounding that makes equal numbers differ, but not zeros: kinks are there."""
        return [self._noisy(n, sign, "apart") for n in range(9, 12) for sign in (1.0, -1.0)]

    @cached_property
    def tied(self) -> bool:
        """Whether integers or truths depend on the order of equal numbers."""
        return any(_whole_changed(self.centre, other) for other in self.placed)

    def _noisy(self, salt: int, sign: float, by: str = "value") -> Outcome:
        return self._run(self.program, Noisy(salt, sign, by))

    def allowed(self, name: str, like: np.ndarray, outcomes: list[Outcome]) -> np.ndarray:
        """By how much the elements of a result may differ; inf where rounding decides."""
        true = _number(self.centre.values.get(name))
        if true.shape != like.shape or like.dtype.kind != "f":
            return np.zeros(like.shape)
        total = np.zeros(like.shape)
        with np.errstate(all="ignore"):
            for outcome in outcomes:
                other = _number(outcome.values.get(name))
                if other.shape != like.shape:
                    return np.full(like.shape, np.inf)
                change = np.abs(other - true)
                same = (other == true) | (np.isnan(other) & np.isnan(true))
                change = np.where(same, 0.0, np.where(np.isnan(change), np.inf, change))
                finite = change[np.isfinite(change) & (change > 0)]
                total = np.maximum(total, change)
                if finite.size:  # an element may have been lucky
                    total = np.maximum(total, np.where(change > 0, np.median(finite), 0))
            # where rounding changes most of what there is, nothing is left to compare
            sizes = np.abs(true[np.isfinite(true)])
            typical = float(np.sqrt(np.mean(sizes**2))) if sizes.size else 0.0
            lost = total > 0.05 * max(typical, 1e-300)
        return np.where(lost, np.inf, _ROUNDINGS * total)

    def decided(self, name: str, like: np.ndarray, outcomes: list[Outcome]) -> np.ndarray:
        """Where whole numbers and truths depend on rounding."""
        true = np.asarray(self.centre.values.get(name, 0))
        moved = np.zeros(like.shape, bool)
        for outcome in outcomes:
            other = np.asarray(outcome.values.get(name, 0))
            if other.shape != like.shape or true.shape != like.shape:
                return np.ones(like.shape, bool)
            moved |= other != true
        return moved

    def sided(self, step: int) -> bool:
        """Whether rounding decides if a step fails."""
        mine = step in self.centre.errors
        return any((step in outcome.errors) != mine for outcome in self.spread())

    def compare(
        self, name: str, got: Any, expected: Any, zeros: bool = True
    ) -> Difference | str | None:
        """What is wrong with a result, if anything; ``zeros``: zeros are promised to be exact."""
        if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray):
            return self._plain(name, got, expected)
        if got.shape != expected.shape:
            if got.dtype.kind != "f" and self.decided(name, got, self.spread()).any():
                return None
            return f"it has shape {got.shape} instead of {expected.shape}"
        if got.dtype.kind != "f":
            wrong = got != expected
            for sample in (self.spread, lambda: self.many):
                if wrong.any():
                    wrong &= ~self.decided(name, got, sample())
            return _worst(got, expected, np.where(wrong, 1.0, 0.0), np.zeros(got.shape))
        with np.errstate(all="ignore"):
            distance = _distance(got, expected)
            first = _first_look(got, expected)
            if not (distance > first).any():
                return None
            worst: Difference | None = None
            for stage in (0, 1):
                allowed = first + self.allowed(name, got, self.spread(stage))
                worst = _worst(got, expected, distance, allowed)
                if worst is None:
                    return None
            # sums of equal numbers are rounded too, but what cancels to zero is promised
            apart = first + self.allowed(name, got, self.apart)
            promised = (expected == 0) & zeros
            worst = _worst(got, expected, distance, np.where(promised, allowed, apart))
            if worst is None:
                return None
            allowed = first + _LAST * self.allowed(name, got, self.many)
            apart = np.where(promised, allowed, np.maximum(allowed, apart))
            return _worst(got, expected, distance, apart)

    def _plain(self, name: str, got: Any, expected: Any) -> str | None:
        if isinstance(got, np.ndarray) or isinstance(expected, np.ndarray):
            return f"it is {_said(got)} instead of {_said(expected)}"
        if got == expected or (got != got and expected != expected):
            return None
        if any(
            outcome.values.get(name) != self.centre.values.get(name) for outcome in self.spread()
        ):
            return None
        return f"it is {got!r} instead of {expected!r}"


def _number(value: Any) -> np.ndarray:
    return np.asarray(np.nan if value is None else value)


def _said(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def _first_look(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """A few roundings of the result in its own dtype."""
    limits = np.finfo(got.dtype)
    size = np.abs(expected.astype(np.float64))
    finite = size[np.isfinite(size)]
    typical = float(np.sqrt(np.mean(finite**2))) if finite.size else 0.0
    scale = np.where(np.isfinite(size), size + typical, 0.0)
    return np.asarray(_ULPS * float(limits.eps) * scale + 2 * float(limits.smallest_subnormal))


def _distance(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    wide, true = got.astype(np.float64), expected.astype(np.float64)
    same = (wide == true) | (np.isnan(wide) & np.isnan(true))
    # what is too large for a dtype, or may be after rounding
    beyond = np.abs(true) > 0.5 * float(np.finfo(got.dtype).max)
    same |= np.isinf(wide) & beyond & (np.sign(wide) == np.sign(true))
    distance = np.where(same, 0.0, np.abs(wide - true))
    return np.where(np.isnan(distance), np.inf, distance)


def _worst(
    got: np.ndarray, expected: np.ndarray, distance: np.ndarray, allowed: np.ndarray
) -> Difference | None:
    excess = np.where(np.isinf(allowed) | (distance <= allowed), 0.0, distance)
    if not excess.size or not excess.max() > 0:
        return None
    at = tuple(map(int, np.unravel_index(int(excess.argmax()), excess.shape)))
    return Difference(at, got[at].item(), expected[at].item(), float(allowed[at]))


def _whole_changed(one: Outcome, other: Outcome) -> bool:
    """Whether any integer or truth differs."""
    for name, value in one.values.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "iub":
            theirs = other.values.get(name)
            if not isinstance(theirs, np.ndarray) or not np.array_equal(value, theirs):
                return True
    return False
