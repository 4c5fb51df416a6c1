"""Rows of losses of margins."""

from functools import partial

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.loss import weighted
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, Y, Z = (normal(3, 4, seed=seed) for seed in range(3))
SCORES = distinct(3, 4)
SIGNS = np.array([[1, -1, 1, -1]] * 3)
TRUTH = np.array([[1.0, 0.0, 1.0, 0.0]] * 3)
CLASSES = ints(0, 4, 3)
LABELS = np.array([[1, 3, -1, 0], [-1, 1, 2, 3], [0, 1, 2, 3]])
refused = partial(fault, error=ArgumentError)

ROWS = [
    row(
        "margin_ranking_loss",
        (X, Y, SIGNS),
        call(X, Y, SIGNS, margin=0.5, reduction="sum"),
        call(X[0], Y[0], SIGNS[0], reduction="none"),
        faults=[
            fault("as many axes", X, Y, SIGNS[0]),
            wrong("the target must be a tensor", X, Y, 1),
        ],
    ),
    row(
        "soft_margin_loss",
        (X, SIGNS),
        call(X, SIGNS, reduction="none"),
        faults=[fault("soft_margin_loss: input of shape", X, SIGNS[0])],
    ),
    row(
        "triplet_margin_loss",
        (X, Y, Z),
        call(X, Y, Z, margin=2.0, p=1, swap=True, reduction="none"),
        call(X[0], Y[0], Z[0], p=3, reduction="sum"),
        loose=4.0,
        faults=[
            refused("margin must be positive", X, Y, Z, -1.0),
            fault("as many axes", X, Y, Z[0]),
            wrong("the negative must be a tensor", X, Y, 1.0),
        ],
    ),
    row(
        "triplet_margin_with_distance_loss",
        (X, Y, Z),
        call(X, Y, Z, margin=2.0, swap=True, reduction="none"),
        loose=4.0,
    ),
    row(
        "multi_margin_loss",
        (SCORES, CLASSES),
        call(SCORES, CLASSES, p=2, margin=0.75, reduction="none"),
        (SCORES, CLASSES, 1, 1.0, (0.5, 1.0, 2.0, 0.1), "sum"),
        (SCORES[0], np.asarray(CLASSES[0])),
        faults=[
            refused("p must be 1 or 2", SCORES, CLASSES, 3),
            fault("need a target of shape", SCORES, LABELS),
            fault("for 4 classes", SCORES, CLASSES + 4),
            wrong("must hold class numbers", SCORES, X[:, 0]),
        ],
        fn=weighted("multi_margin_loss"),
    ),
    row(
        "multilabel_margin_loss",
        (SCORES, LABELS),
        call(SCORES, LABELS, reduction="none"),
        call(SCORES[0], LABELS[0], reduction="sum"),
        faults=[
            fault("need a target of shape", SCORES, CLASSES),
            fault("for 4 classes", SCORES, LABELS + 4),
        ],
    ),
    row(
        "multilabel_soft_margin_loss",
        (X, TRUTH),
        call(X[0], TRUTH[0], reduction="sum"),
        call(X, TRUTH, reduction="none"),
        faults=[fault("multilabel_soft_margin_loss: input of shape", X, TRUTH[0])],
    ),
    row(
        "hinge_embedding_loss",
        (X, SIGNS),
        call(X * 3, SIGNS, margin=0.5),
        call(X, SIGNS, reduction="none"),
        faults=[fault("hinge_embedding_loss: input of shape", X, SIGNS[0])],
    ),
    row(
        "cosine_embedding_loss",
        (X, Y, SIGNS[0, :3]),
        call(X, Y, SIGNS[0, :3], margin=0.2, reduction="none"),
        (X[0], Y[0], np.asarray(SIGNS[0, 1])),
        faults=[fault("does not fit inputs of shape", X, Y, SIGNS)],
    ),
]
