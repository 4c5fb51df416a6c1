"""Rows of slopes and powers along an axis."""

import numpy as np

from lightgrad.conformance.row import call, fault, row
from lightgrad.conformance.rows.shape import X
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 3
M, V = normal(3, 4), normal(5)
AT = np.array([0.0, 0.5, 2.0, 2.5])

ROWS = [
    row(
        "gradient",
        (V,),
        (M,),
        call(X, dim=(0, 2)),
        call(M, spacing=0.5),
        call(M, spacing=(2.0, 0.5), edge_order=2),
        call(M, spacing=[AT], dim=1),
        call(M, spacing=[AT], dim=1, edge_order=2),
        faults=[
            fault("too few points", normal(1)),
            fault("1 spacings for 2", M, spacing=[1.0], error=ArgumentError),
            fault("1 or 2", M, edge_order=3, error=ArgumentError),
        ],
    ),
    row(
        "vander",
        (V,),
        (V, 3),
        call(V, N=4, increasing=True),
        (ints(1, 4, 3),),
        faults=[fault("expected a vector", M)],
    ),
]
