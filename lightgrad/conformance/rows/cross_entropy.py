"""Rows of losses of classes."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import Fault, Row, call, fault, row, wrong
from lightgrad.conformance.rows.loss import W, weighted
from lightgrad.conformance.samples import between, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X = normal(3, 4)
LOGITS, CLASSES = normal(5, 4), np.array([0, 3, 1, 2, 3])
SOME = np.array([0, -100, 1, 2, -100])
PIXELS, PIXEL_CLASSES = normal(2, 4, 3, 2), ints(0, 4, 2, 3, 2)
HOW = [(r, i) for r in ("mean", "sum", "none") for i in (-100, 3)]


def _faults(name: str) -> list[Fault]:
    high, low = np.array([0, 4, 1, 2, 3]), np.array([0, -1, 1, 2, 3])
    return [
        fault(f"{name}: class index 4 is out of range for 4 classes", LOGITS, high),
        fault("class index -1 is out of range for 4 classes", LOGITS, low),
        fault(rf"{name}: class indices for an input", LOGITS, CLASSES[:3]),
        fault("reduction must be one of", LOGITS, CLASSES, reduction="x", error=ArgumentError),
        fault(r"weight should have shape \(4,\)", LOGITS, CLASSES, (1.0, 2.0, 3.0)),
        wrong("class indices must be integers", LOGITS, CLASSES > 1),
        wrong("target must be a tensor", LOGITS, 3),
        wrong("input must be floating", CLASSES, CLASSES),
    ]


def _classes(name: str, *extra: Any, faults: Any = ()) -> Row:
    return row(
        name,
        (LOGITS, CLASSES),
        call(LOGITS, CLASSES, reduction="sum"),
        call(LOGITS, CLASSES, reduction="none"),
        (LOGITS, SOME),
        call(LOGITS, SOME, reduction="none"),
        call(LOGITS, CLASSES, ignore_index=3),
        (LOGITS, CLASSES, W),
        call(LOGITS, CLASSES, W, reduction="none"),
        call(LOGITS, SOME, weight=W),
        (LOGITS[0], np.asarray(CLASSES[1])),
        (PIXELS, PIXEL_CLASSES),
        call(PIXELS, PIXEL_CLASSES, W, reduction="none"),
        call(PIXELS, PIXEL_CLASSES, ignore_index=2, reduction="none"),
        call(LOGITS[:0], CLASSES[:0], reduction="sum"),
        *extra,
        fn=weighted(name),
        faults=[*_faults(name), *faults],
    )


def _soft(*shape: int) -> np.ndarray:
    p = between(0.1, 1.0, *shape, seed=3)
    return p / p.sum(1, keepdims=True)


def _rows(a: Any, target: Any, reduction: str, ignore_index: int) -> Any:
    return a.row_cross_entropy(target, a.row_log_sum_exp(), reduction, ignore_index)


def _rows_backward(g: Any, a: Any, target: Any, *how: Any) -> Any:
    return g.row_cross_entropy_backward(a, target, a.row_log_sum_exp(), *how)


ROWS = [
    _classes("nll_loss"),
    _classes(
        "cross_entropy",
        call(LOGITS, CLASSES, label_smoothing=0.2),
        call(LOGITS, SOME, W, label_smoothing=0.2),
        call(LOGITS, SOME, reduction="none", label_smoothing=0.2),
        call(LOGITS[0], np.asarray(CLASSES[1]), label_smoothing=0.2),
        call(PIXELS, PIXEL_CLASSES, W, label_smoothing=0.2, reduction="sum"),
        (LOGITS, _soft(5, 4)),
        call(LOGITS, _soft(5, 4), W, label_smoothing=0.2),
        call(LOGITS, _soft(5, 4), reduction="none"),
        (PIXELS, _soft(2, 4, 3, 2), W),
        (LOGITS[0], _soft(1, 4)[0]),
        (LOGITS * 500, CLASSES),
        faults=[
            fault("between 0 and 1", LOGITS, CLASSES, label_smoothing=2, error=ArgumentError),
            fault("holds class probabilities", LOGITS, _soft(5, 3)),
        ],
    ),
    row("row_log_sum_exp", (X,), (X * 500,), grad=False),
    row("row_cross_entropy", *((LOGITS, CLASSES, *how) for how in HOW), fn=_rows),
    row(
        "row_cross_entropy_backward",
        *((normal(5) if r == "none" else normal(), LOGITS, CLASSES, r, i) for r, i in HOW),
        fn=_rows_backward,
    ),
]
