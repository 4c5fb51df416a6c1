"""NumPy kernels of recurrent networks.

The gates of all steps are one array (T, N, gates * hidden), which one matrix
product fills with what the inputs give.  Each step then adds what the hidden
state gives, and the biases.  The way back writes the gradients of the gates into an array
like it, so that those of weights and inputs are again one product each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.logistic import ONE, ZERO
from lightgrad.autograd.cpu.kernels.masks import without
from lightgrad.autograd.cpu.kernels.products import dot
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import recurrent as rules

HALF = {np.dtype(d): np.full((), 0.5, d) for d in "efd"}


def _apart(a: ndarray, gates: int) -> ndarray:
    """An array of shape (T, N, gates * hidden) in memory, seen as (T, gates, N, hidden)."""
    steps, batch, width = a.shape
    return a.reshape(steps, batch, gates, width // gates).swapaxes(1, 2)


def _tile(value: Any, like: ndarray) -> ndarray:
    """A bias repeated to a whole array, which NumPy adds faster; zeros for None."""
    out = np.empty_like(like)
    out[:] = 0 if value is None else value
    return out


def _sigmoid(a: ndarray, half: ndarray) -> None:
    """A sigmoid, in place, from the tanh of half its argument."""
    np.multiply(a, half, a)
    np.add(a, half, a)


def _back(order: Sequence[int], states: ndarray, first: ndarray) -> Iterator[tuple[int, ndarray]]:
    """The steps from the last one taken to the first, each with the state before it."""
    for i in range(len(order) - 1, 0, -1):
        yield order[i], states[order[i - 1]]
    yield order[0], first


class Cell:
    """The steps of one kind of recurrence, on arrays.

    ``given`` is what the inputs give to the gates.  ``forward`` fills y and
    returns what ``backward`` needs besides.  That returns gradients: of what the
    inputs gave, of what the hidden state gave, of h and of c.  The gates of a step
    are kept each on its own, (gates, N, hidden): NumPy is twice as fast on arrays
    without gaps.
    """

    rows = 0  # of the result, besides the hidden states

    def biases(self, b_ih: Any, b_hh: Any) -> tuple[Any, Any]:
        """The biases of the gates, and of the part that the hidden state gives alone; or None."""
        return (b_ih if b_hh is None else b_hh if b_ih is None else np.add(b_ih, b_hh)), None


class Lstm(Cell):
    """The LSTM with gates i, f, g, o; it keeps them, the cells and their tanh."""

    rows = 1

    def forward(self, given: Any, w: Any, biases: Any, h: Any, c: Any, y: Any, order: Any) -> Any:
        steps = len(given)
        kept = given.reshape(steps, 4, *h.shape)  # in the same memory, step by step
        half, bias = HALF[given.dtype], _tile(biases[0], given[0])
        scale = _tile(half, given[0])
        _apart(scale[None], 4)[0, 2] = 1  # all but g are sigmoids
        cells = np.empty((steps, *h.shape), given.dtype)
        squashed = np.empty_like(cells)
        a, part = np.empty_like(given[0]), np.empty_like(cells[0])
        ai, af, ag, ao = _apart(a[None], 4)[0]
        for t in order:
            gates, new = kept[t], cells[t]
            np.add(np.add(dot(h, w, a), given[t], a), bias, a)
            np.multiply(a, scale, a)
            i, f, g, o = gates
            np.tanh(ai, i)
            np.tanh(af, f)
            np.tanh(ag, g)
            np.tanh(ao, o)
            _sigmoid(gates[:2], half)
            _sigmoid(o, half)
            np.multiply(f, c, new)
            np.add(new, np.multiply(i, g, part), new)
            h, c = np.multiply(o, np.tanh(new, squashed[t]), y[t]), new
        y[-1] = c
        return kept, cells, squashed

    def backward(self, g: Any, work: Any, y: Any, h: Any, c: Any, weight: Any, order: Any) -> Any:
        kept, cells, squashed = work
        one = ONE[kept.dtype]
        grads = np.empty((len(kept), len(h), 4 * h.shape[1]), kept.dtype)
        places = _apart(grads, 4)
        d, slope = np.empty_like(kept[0]), np.empty_like(kept[0])
        (di, df, dn, do), (si, sf, _, so) = d, slope
        dh, dc, part = np.zeros(h.shape, h.dtype), g[-1].copy(), np.empty_like(cells[0])
        for t, before in _back(order, cells, c):
            gates, out = kept[t], y[t]
            (i, f, n, o), (pi, pf, pn, po) = gates, places[t]
            np.add(dh, g[t], dh)
            np.multiply(dh, out, do)
            np.subtract(o, np.multiply(squashed[t], out, part), part)
            np.add(dc, np.multiply(part, dh, part), dc)
            np.multiply(dc, i, dn)
            np.multiply(dn, n, di)
            np.multiply(np.multiply(dc, f, dc), before, df)
            np.subtract(one, gates, slope)
            np.subtract(dn, np.multiply(di, n, part), pn)
            np.multiply(di, si, pi)
            np.multiply(df, sf, pf)
            np.multiply(do, so, po)
            dot(grads[t], weight, dh)
        return grads, grads, dh, dc


class Gru(Cell):
    """The GRU with gates r, z, n; it keeps them, and what the hidden state gives to n."""

    def biases(self, b_ih: Any, b_hh: Any) -> tuple[Any, Any]:
        if b_hh is None:
            return b_ih, None
        hidden = len(b_hh) // 3
        first = b_hh.copy()
        first[2 * hidden :] = 0
        return (first if b_ih is None else np.add(b_ih, first)), b_hh[2 * hidden :]

    def forward(self, given: Any, w: Any, biases: Any, h: Any, c: Any, y: Any, order: Any) -> Any:
        given = _apart(given, 3)
        kept = np.empty(given.shape, given.dtype)
        inner = np.empty((len(kept), *h.shape), kept.dtype)
        a, part = np.empty((len(h), 3 * h.shape[1]), kept.dtype), np.empty_like(inner[0])
        both, last = _apart(a[None], 3)[0, :2], _apart(a[None], 3)[0, 2]
        bias = _apart(_tile(biases[0], a)[None], 3)[0].copy()
        half, later = HALF[a.dtype], _tile(biases[1], part)
        for t in order:
            r, z, n = kept[t]
            rz, new = kept[t, :2], inner[t]
            dot(h, w, a)
            np.multiply(np.add(np.add(both, given[t, :2], rz), bias[:2], rz), half, rz)
            _sigmoid(np.tanh(rz, rz), half)
            np.multiply(np.add(last, later, new), r, part)
            np.tanh(np.add(np.add(part, given[t, 2], n), bias[2], n), n)
            np.multiply(np.subtract(h, n, part), z, part)
            h = np.add(part, n, y[t])
        return kept, inner

    def backward(self, g: Any, work: Any, y: Any, h: Any, c: Any, weight: Any, order: Any) -> Any:
        kept, inner = work
        one = ONE[kept.dtype]
        grads = np.empty((len(kept), len(h), 3 * h.shape[1]), kept.dtype)
        passed = np.empty_like(grads)
        places, passes = _apart(grads, 3), _apart(passed, 3)
        d, slope = np.empty_like(kept[0]), np.empty_like(kept[0])
        dr, dz, dn = d
        dh, part = np.zeros(h.shape, h.dtype), np.empty_like(inner[0])
        for t, before in _back(order, y, h):
            r, z, n = gates = kept[t]
            np.add(dh, g[t], dh)
            np.multiply(np.subtract(before, n, part), dh, dz)
            np.multiply(dh, z, part)
            np.subtract(dh, part, dr)  # what reaches n
            np.subtract(dr, np.multiply(np.multiply(dr, n, dn), n, dn), dn)
            np.multiply(dn, inner[t], dr)
            np.multiply(np.subtract(one, gates, slope), gates, slope)
            np.multiply(d[:2], slope[:2], places[t, :2])
            places[t, 2] = dn
            passes[t, :2] = places[t, :2]
            np.multiply(dn, r, passes[t, 2])
            np.add(dot(passed[t], weight, dh), part, dh)
        return grads, passed, dh, None


class Elman(Cell):
    """The recurrence of Elman: its one gate is the hidden state, and it keeps nothing else."""

    def __init__(self, squash: Callable[..., Any], slope: Callable[..., Any]) -> None:
        self.squash, self.slope = squash, slope  # slope(g, y): g times the derivative

    def forward(self, given: Any, w: Any, biases: Any, h: Any, c: Any, y: Any, order: Any) -> Any:
        a, bias = np.empty_like(given[0]), _tile(biases[0], given[0])
        for t in order:
            np.add(np.add(dot(h, w, a), given[t], a), bias, a)
            h = self.squash(a, y[t])
        return ()

    def backward(self, g: Any, work: Any, y: Any, h: Any, c: Any, weight: Any, order: Any) -> Any:
        grads = np.empty_like(y)
        dh = np.zeros_like(y[0])
        for t, _ in _back(order, y, h):
            grads[t] = self.slope(np.add(dh, g[t], dh), y[t])
            dot(grads[t], weight, dh)
        return grads, grads, dh, None


CELLS: dict[str, Any] = {
    "lstm": Lstm(),
    "gru": Gru(),
    "tanh": Elman(np.tanh, lambda g, y: np.multiply(g, np.subtract(ONE[y.dtype], y * y))),
    "relu": Elman(
        lambda a, out: np.maximum(a, ZERO[a.dtype], out=out),
        lambda g, y: without(g, np.less_equal(y, ZERO[y.dtype])),
    ),
}


def _order(steps: int, reverse: bool) -> Sequence[int]:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _hidden_weight(d: ndarray, y: ndarray, h: ndarray, reverse: bool) -> ndarray:
    """The gradient of W_hh: each step meets the state before it, and the first step ``h``."""
    steps, width = len(d), d.shape[2]
    first, later, before = (-1, d[:-1], y[1:steps]) if reverse else (0, d[1:], y[: steps - 1])
    grad = dot(d[first].T, h)
    if steps > 1:
        grad += dot(later.reshape(-1, width).T, before.reshape(-1, h.shape[1]))
    return grad


def _total(d: ndarray) -> ndarray:
    """The sum over steps and batch, computed as a product, which is faster."""
    rows = d.reshape(-1, d.shape[2])
    return dot(np.ones(len(rows), d.dtype), rows)


@kernel_of(rules.recurrence)
def recurrence(
    ctx: Any,
    x: CpuTensor,
    h: CpuTensor,
    c: Any,
    w_ih: CpuTensor,
    w_hh: CpuTensor,
    b_ih: Any,
    b_hh: Any,
    kind: str,
    reverse: bool,
) -> CpuTensor:
    cell, a, first = CELLS[kind], x._data, h._data
    biases = cell.biases(*(None if b is None else b._data for b in (b_ih, b_hh)))
    given = dot(a.reshape(-1, a.shape[2]), w_ih._data.T).reshape(*a.shape[:2], len(w_ih._data))
    # Many products are worth a copy that is faster to multiply with
    weight = w_hh._data.T.copy(order="C") if len(a) > 4 else w_hh._data.T
    y = np.empty((len(a) + cell.rows, *first.shape), a.dtype)
    start = None if c is None else c._data
    order = _order(len(a), reverse)
    work = cell.forward(given, weight, biases, first, start, y, order)
    ctx.saved = tuple(map(CpuTensor, work))
    return type(x)(y)


@kernel_of(rules.recurrence_backward)
def recurrence_backward(
    ctx: Any,
    g: CpuTensor,
    x: CpuTensor,
    h: CpuTensor,
    c: Any,
    w_ih: CpuTensor,
    w_hh: CpuTensor,
    b_ih: Any,
    b_hh: Any,
    y: CpuTensor,
    work: tuple[CpuTensor, ...],
    kind: str,
    reverse: bool,
    wanted: tuple[bool, ...],
) -> tuple[CpuTensor, ...]:
    a, first, out = x._data, h._data, y._data
    start, order = None if c is None else c._data, _order(len(a), reverse)
    kept = tuple(t._data for t in work)
    d, passed, dh, dc = CELLS[kind].backward(g._data, kept, out, first, start, w_hh._data, order)
    rows = d.reshape(-1, d.shape[2])
    ways = (
        lambda: dot(rows, w_ih._data).reshape(a.shape),
        lambda: dh,
        lambda: dc,
        lambda: dot(rows.T, a.reshape(-1, a.shape[2])),
        lambda: _hidden_weight(passed, out, first, reverse),
        lambda: _total(d),
        lambda: _total(passed),
    )
    return tuple(type(g)(way()) for way, w in zip(ways, wanted, strict=True) if w)
