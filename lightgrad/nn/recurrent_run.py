"""Recurrent layers over padded or packed sequences: the steps of each layer and direction."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from lightgrad.autograd.ops.recurrent import STEPS, check_alike

#: consecutive steps with as many sequences: (steps, sequences), in order
Segments = list[tuple[int, int]]


def segments_of(batch_sizes: Any) -> Segments:
    """The parts of packed data in which no sequence ends."""
    return [(len([*group]), n) for n, group in groupby(batch_sizes.tolist())]


def run(
    layers: Any, x: Any, states: tuple[Any, ...], segments: Segments | None = None
) -> tuple[Any, tuple[Any, ...]]:
    """The outputs of the last layer, and the last states of all.

    ``x`` is (T, N, in), or packed data (rows, in) with its segments.
    """
    join, name = type(x).cat, type(layers).__name__
    ends: list[list[Any]] = [[] for _ in states]
    outputs: list[Any] = []
    for k, names in enumerate(layers._names):
        weights = [getattr(layers, name) for name in names]
        check_alike(name, x, *(w for w in weights if w is not None))
        reverse = names[0].endswith("_reverse")
        first = (*(s[k] for s in states), None)[:2]
        how = layers.kind, reverse
        one: Any = _steps if segments is None else _packed
        more = () if segments is None else (segments,)
        hidden, *last = one(x, *first, weights, *how, *more)
        outputs.append(hidden)
        for end, state in zip(ends, last, strict=False):
            end.append(state.unsqueeze(0))
        if layers.bidirectional and not reverse:
            continue
        x = join(outputs, -1) if layers.bidirectional else hidden
        outputs.clear()
        if layers.dropout and k + 1 < len(layers._names):
            x = x.dropout(layers.dropout, layers.training)
    # clones: who changes a state in place does not change the outputs
    return x, tuple(join(e) if len(e) > 1 else e[0].clone() for e in ends)


def _steps(
    x: Any, h: Any, c: Any, weights: list[Any], kind: str, reverse: bool
) -> tuple[Any, Any, Any]:
    """All hidden states (T, N, hidden) of one direction, and the last h and c."""
    if len(weights) > 4:
        return _projected(x, h, c, weights, reverse)
    y, n = x.recurrence(h, c, *weights, kind, reverse), x.shape[0]
    hidden = y if c is None else y[:n]
    return hidden, hidden[0 if reverse else n - 1], None if c is None else y[n]


def _projected(x: Any, h: Any, c: Any, weights: list[Any], reverse: bool) -> tuple[Any, Any, Any]:
    """The same of an LSTM whose hidden state is a product with another weight."""
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    given, states = x.linear(w_ih, b_ih).unbind(0), []
    for a in reversed(given) if reverse else given:
        h, c = STEPS["lstm"][0](a, h.linear(w_hh, b_hh), h, c)
        h = h.linear(w_hr)
        states.append(h)
    return type(x).stack(states[::-1] if reverse else states), h, c


def _packed(
    x: Any, h: Any, c: Any, weights: list[Any], kind: str, reverse: bool, segments: Segments
) -> tuple[Any, Any, Any]:
    """The same of packed data (rows, in): (rows, hidden), and the states where each ended."""
    join, start, parts = type(x).cat, 0, []
    for steps, n in segments:
        parts.append((start, steps, n))
        start += steps * n
    outputs: list[Any] = []
    first, ended = (h, c), []
    state: Any = [s if s is None else s[:0] for s in first] if reverse else first
    for start, steps, n in reversed(parts) if reverse else parts:
        rows = state[0].shape[0]
        if n > rows:  # backwards: these sequences begin at their last step
            state = [s if s is None else join([s, f[rows:n]]) for s, f in zip(state, first)]  # noqa: B905
        elif n < rows:
            ended.append([s if s is None else s[n:] for s in state])
            state = [s if s is None else s[:n] for s in state]
        part = x[start : start + steps * n].reshape(steps, n, x.shape[-1])
        hidden, *state = _steps(part, state[0], state[1], weights, kind, reverse)
        outputs.append(hidden.reshape(steps * n, hidden.shape[-1]))
    if ended:
        held = [state, *reversed(ended)]
        state = [None if s[0] is None else join([*s]) for s in zip(*held, strict=True)]
    out = join(outputs[::-1] if reverse else outputs) if len(outputs) > 1 else outputs[0]
    return out, state[0], state[1]
