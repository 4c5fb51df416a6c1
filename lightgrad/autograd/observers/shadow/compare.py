"""Comparing an array with one in float64: by element, and a gradient along a direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lightgrad.errors import ShadowError

#: steps of differences in float64, relative to the size of the numbers: along a direction,
#: small enough to tell a kink from a bend, and of one element
_STEP, _ELEMENT_STEP = 1e-7, 1e-6
#: how many times the effect of rounding the arguments a result may differ
_ROUNDINGS = 32


class Difference(NamedTuple):
    """The worst element, and all that is needed to see it again."""

    at: tuple[int, ...]
    got: float
    expected: float
    reference: np.ndarray
    allowed: np.ndarray

    def __str__(self) -> str:
        allowed = float(self.allowed[self.at])
        return (
            f"shape {self.reference.shape}, the worst element at index {self.at} is {self.got!r} "
            f"instead of {self.expected!r}, where {allowed:.3g} is allowed"
        )


def difference(
    got: np.ndarray, expected: np.ndarray, rtol: float, atol: float, noise: Any = 0.0
) -> Difference | None:
    """The worst element, if one differs by more than is allowed."""
    if got.shape != expected.shape:
        raise ShadowError(f"a result has shape {got.shape} instead of {expected.shape}")
    limits = np.finfo(got.dtype)
    rtol = max(rtol, 16 * float(limits.eps))
    with np.errstate(all="ignore"):
        change = np.asarray(np.subtract(got, expected, dtype=np.float64))
        np.abs(change, out=change)
        # the usual case, in as few passes as possible: all within what the typical element may
        usual = _norm(expected) / max(expected.size, 1) ** 0.5
        if not change.size or (usual < limits.max and change.max() <= atol + rtol * usual):
            return None
        rounded = expected.astype(got.dtype).astype(np.float64)
        size = np.where(np.isfinite(rounded), np.abs(rounded), 0.0)
        typical = _norm(size) / size.size**0.5
        allowed = atol + rtol * np.maximum(size, typical) + noise
    return find_worst(got, rounded, allowed, np.abs(expected) > 0.5 * float(limits.max))


def _norm(a: np.ndarray) -> float:
    flat = a.ravel("K")
    return float(np.sqrt(np.dot(flat, flat)))


def find_worst(
    got: np.ndarray, expected: np.ndarray, allowed: np.ndarray, spared: Any = False
) -> Difference | None:
    with np.errstate(all="ignore"):
        wide = got.astype(np.float64)
        same = (wide == expected) | (np.isnan(wide) & np.isnan(expected)) | spared
        excess = np.where(same, -1.0, np.abs(wide - expected) - allowed)
        excess = np.where(np.isnan(excess), np.inf, excess)  # one of them is not a number
    if not excess.size or excess.max() <= 0:
        return None
    index = tuple(map(int, np.unravel_index(int(excess.argmax()), excess.shape)))
    allowed = np.broadcast_to(allowed, got.shape)
    return Difference(index, float(wide[index]), float(expected[index]), expected, allowed)


def slack(expected: np.ndarray, again: Callable[[Any], np.ndarray]) -> np.ndarray:
    """How much rounding of the arguments may change: sums that cancel, steps, poles."""
    rng = np.random.default_rng(0)
    widest = np.zeros(expected.shape)
    with np.errstate(all="ignore"):
        for _ in range(3):
            change = np.abs(again(rng) - expected)
            change = np.where(np.isnan(change) & ~np.isfinite(expected), 0.0, change)
            finite = change[np.isfinite(change)]
            typical = float(np.sqrt(np.mean(finite**2))) if finite.size else 0.0
            widest = np.maximum(widest, np.where(np.isnan(change), np.inf, change))
            widest = np.maximum(widest, typical)
    return _ROUNDINGS * widest


#: the result, with these inputs instead of those it was called with
Forward = Callable[[dict[int, np.ndarray]], np.ndarray]


# Long: the step follows from all inputs, and all of it is one formula.
def directional(
    forward: Forward,
    inputs: dict[int, tuple[np.ndarray, np.ndarray]],
    grad: np.ndarray,
    rtol: float,
) -> tuple[int, Difference] | None:
    """Compare gradients of ``sum(grad * forward(inputs))`` with central differences.

    ``inputs`` are pairs of values and gradient.  One direction for all, in which each has
    the same weight: its values times a function of them, so that zeros stay zeros and equal
    elements stay equal, and kinks at zero and ties do not matter.
    """
    with np.errstate(all="ignore"):
        if not np.isfinite(_norm(grad)):
            return None
        moves, mine, eps = {}, 0.0, 0.0
        for i, (x, got) in inputs.items():
            size = _norm(x) / max(x.size, 1) ** 0.5
            v = x * (1 / size if size else 0.0)
            v += 0.6
            v *= x
            weighted = v * got
            weight = _norm(weighted)
            if not size or not weight or not np.isfinite(weight):
                continue
            # as large a step for all as the one that is largest relative to its values may take
            moves[i] = v, weight, size / float(np.abs(v).max() or 1.0) * weight
            mine += float(weighted.sum()) / weight
            eps = max(eps, float(np.finfo(got.dtype).eps))
        if not moves:
            return None
        step = _STEP * min(reach for _, _, reach in moves.values())
        for v, weight, _ in moves.values():
            v *= step / weight
        up = forward({i: inputs[i][0] + v for i, (v, _, _) in moves.items()})
        down = forward({i: inputs[i][0] - v for i, (v, _, _) in moves.items()})
        numeric = float(np.vdot(grad, up - down)) / (2 * step)
        rounding = 1e-15 / step * _norm(grad) * _norm(up)
        # less than an element may: this only says where to look closely
        allowed = max(rtol / 5, 16 * eps) * len(moves) ** 0.5 + rounding
        if abs(mine - numeric) <= allowed or not np.isfinite(numeric):
            return None
        bend = abs(float(np.vdot(grad, up + down - 2 * forward({})))) / step
    if bend > 0.3 * allowed:  # a kink on the way
        return None
    for i in moves:
        worst = _by_elements(lambda x, i=i: forward({i: x}), *inputs[i], grad, rtol)
        if worst is not None:
            return i, worst
    return None


def _by_elements(
    forward: Any, x: np.ndarray, got: np.ndarray, grad: np.ndarray, rtol: float
) -> Difference | None:
    """The worst of the largest elements."""
    expected = got.astype(np.float64)
    size = _norm(x) / x.size**0.5
    for place in np.argsort(-np.abs(got * x), axis=None)[:32]:
        index = np.unravel_index(place, x.shape)
        step = np.zeros(x.shape)
        step[index] = _ELEMENT_STEP * (abs(x[index]) or size)
        change = forward(x + step) - forward(x - step)
        expected[index] = float(np.vdot(grad, change)) / (2 * step[index])
    rtol = max(rtol, 16 * float(np.finfo(got.dtype).eps))
    typical = _norm(expected) / expected.size**0.5
    return find_worst(got, expected, rtol * np.maximum(np.abs(expected), typical))


def agree(op: str, got: np.ndarray, expected: np.ndarray, allowed: np.ndarray) -> None:
    """Raise :class:`ShadowError` where ``got`` differs by more than is allowed."""
    worst = find_worst(got, expected, allowed)
    if worst is not None:
        raise ShadowError(f"{op}: disagrees with NumPy in float64: {worst}")
