"""Rows of means and deviations."""

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.reduction import AXES, EMPTY, OUT_OF_RANGE, S, X
from lightgrad.conformance.samples import between, distinct, ints, normal

LEVEL = 4
FLOATING = wrong("float", ints(0, 3, 2))

HOLES = np.where(normal(3, 4) > 1, np.nan, normal(3, 4))

ROWS = [
    row("mean", *AXES, *EMPTY, faults=[OUT_OF_RANGE, FLOATING]),
    row(
        "mean",
        (X,),
        (X, 1),
        (X, (0, 2)),
        (S,),
        reference=np.mean,
        grad=False,
        sized=[
            lambda n: (between(0, 1, n),),
            lambda n: (between(0, 1, 3, n), 1),
            lambda n: (between(0, 1, n, 3), 0),
        ],
    ),
    *(
        row(
            name,
            *AXES[:6],
            (X, 0, False),
            call(X, correction=0, dim=(0, 1)),
            sized=[lambda n: (normal(2, n + 1), 1)],
            faults=[OUT_OF_RANGE, FLOATING],
        )
        for name in ("var", "std")
    ),
    row("var", (X, False), call(X, 1, correction=2)),
    row("std", (np.ones((2, 3)), 1), smooth=False, gradgrad=False),
    row(
        "var_mean",
        (X,),
        (X, 1),
        call(X, dim=(0, 2), keepdim=True, correction=0),
        faults=[FLOATING],
    ),
    row("std_mean", (normal(3, 4),), (normal(3, 4), 1), call(normal(3, 4), dim=0, correction=0)),
    row("aminmax", (distinct(3, 4),), call(distinct(3, 4), dim=1, keepdim=True), (ints(0, 9, 5),)),
    row(
        "cov",
        (normal(3, 5),),
        (normal(5),),
        call(normal(3, 5), correction=0),
        call(normal(3, 5), fweights=ints(1, 4, 5)),
        call(normal(3, 5), aweights=between(0.5, 2, 5)),
        call(normal(3, 5), fweights=ints(1, 4, 5), aweights=between(0.5, 2, 5), correction=0),
        loose=4.0,
        faults=[
            fault("expected variables", normal(2, 3, 4)),
            fault("one per observation", normal(3, 5), fweights=ints(1, 4, 3)),
        ],
    ),
    row("corrcoef", (normal(3, 5),), (normal(2, 9),), loose=4.0),
    *(
        row(name, (HOLES,), (HOLES, 0), call(HOLES, dim=(0, 1), keepdim=True), loose=2.0)
        for name in ("nansum", "nanmean")
    ),
]
