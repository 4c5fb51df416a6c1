"""How far to go along a direction: a line search for the strong Wolfe conditions.

Source: Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6, with
cubic interpolation and the safeguards of Schmidt's minFunc.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

#: sufficient decrease, and curvature
_C1, _C2 = 1e-4, 0.9
#: how often a step may grow or shrink
MOST = 25


class Point(NamedTuple):
    """A place along the direction: step, loss, gradient and slope there."""

    t: float
    loss: float
    grad: Any
    slope: float


def strong_wolfe(
    at: Callable[[float], Point], start: Point, t: float, size: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """A point of less loss and small slope, and how often the loss was evaluated.

    ``size`` is the largest element of the direction; an interval shorter than
    ``tolerance`` in it is searched no further, and the step changes ``most`` times at most.
    """
    low, high, tries = _bracket(at, start, t, most)
    evaluations = tries + 1
    if high is None:
        return low, evaluations
    if tries == most:
        return min(low, high, key=lambda p: p.loss), evaluations
    if high.loss < low.loss:
        low, high = high, low
    stuck = False
    while tries < most and abs(high.t - low.t) * size >= tolerance:
        t, stuck = _inside(low, high, stuck)
        new = at(t)
        evaluations += 1
        tries += 1
        if new.loss > start.loss + _C1 * t * start.slope or new.loss >= low.loss:
            high = new
            if high.loss < low.loss:
                low, high = high, low
        else:
            if abs(new.slope) <= -_C2 * start.slope:
                return new, evaluations
            if new.slope * (high.t - low.t) >= 0:
                high = low
            low = new
    return low, evaluations


def _bracket(at: Any, start: Point, t: float, most: int) -> tuple[Point, Point | None, int]:
    """Two points around one that fits, or that point alone; and how often the step grew."""
    before, new = start, at(t)
    for tries in range(most):
        t = new.t
        too_high = new.loss > start.loss + _C1 * t * start.slope
        if too_high or (tries > 1 and new.loss >= before.loss):
            return before, new, tries
        if abs(new.slope) <= -_C2 * start.slope:
            return new, None, tries
        if new.slope >= 0:
            return before, new, tries
        bounds = t + 0.01 * (t - before.t), t * 10
        before, new = new, at(_cubic(before, new, bounds))
    return start, new, most


def _inside(a: Point, b: Point, stuck: bool) -> tuple[float, bool]:
    """Where to look between two points; and whether that is close to an end once more."""
    first, last = sorted((a.t, b.t))
    t = _cubic(a, b, (first, last))
    margin = 0.1 * (last - first)
    if min(last - t, t - first) >= margin:
        return t, False
    if stuck or t >= last or t <= first:
        return (last - margin if abs(t - last) < abs(t - first) else first + margin), False
    return t, True


def _cubic(a: Point, b: Point, bounds: tuple[float, float]) -> float:
    """The lowest place, within bounds, of the cubic with these losses and slopes."""
    if a.t > b.t:
        a, b = b, a
    mean = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = mean * mean - a.slope * b.slope
    if not square >= 0:
        return (bounds[0] + bounds[1]) / 2
    root = math.sqrt(square)
    below = b.slope - a.slope + 2 * root
    if below == 0:
        return (bounds[0] + bounds[1]) / 2
    t = b.t - (b.t - a.t) * ((b.slope + root - mean) / below)
    return min(max(t, bounds[0]), bounds[1])
