"""Rows of images read at points."""

from functools import partial

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import between, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X2, X3 = normal(2, 2, 4, 3), normal(1, 2, 3, 2, 4)
# no point is near a pixel, where the slope changes
G2, G3 = between(-1.3, 1.3, 2, 2, 3, 2, seed=3), between(-1.2, 1.2, 1, 2, 1, 2, 3, seed=1)
refused = partial(fault, error=ArgumentError)

ROWS = [
    row(
        "grid_sample",
        (X2, G2),
        call(X2, G2, align_corners=True),
        (X2, G2, "bilinear", "border", False),
        (X2, G2, "bilinear", "reflection", True),
        (X2, G2, "bicubic", "zeros", True),
        (X2, G2, "bicubic", "border"),
        (X3, G3),
        (X3, G3, "bilinear", "reflection"),
        loose=10.0,
        gradgrad=False,  # which torch has not
        faults=[
            refused("mode must be one of", X2, G2, "linear"),
            refused("padding_mode must be one of", X2, G2, "nearest", "constant"),
            refused("bicubic is for images of two axes", X3, G3, "bicubic"),
            fault("are read at points", X2, G3),
            wrong("grid must be a tensor", X2, 1.0),
            wrong("needs a floating tensor", ints(0, 9, 2, 2, 4, 3), G2),
        ],
    ),
    row(
        "grid_sample",
        (X2, G2, "nearest"),
        (X2, G2, "nearest", "border", True),
        (X3, G3, "nearest", "reflection"),
        name="grid_sample of the nearest",
        smooth=False,
        gradgrad=False,
    ),
    row(
        "affine_grid",
        (normal(2, 2, 3), (2, 5, 3, 4)),
        (normal(2, 2, 3), (2, 5, 3, 1), True),
        (normal(1, 3, 4), (1, 1, 2, 3, 2), False),
        faults=[
            fault("needs theta of shape", normal(2, 3, 3), (2, 1, 4, 4)),
            wrong("needs a floating tensor", ints(0, 2, 1, 2, 3), (1, 1, 2, 2)),
        ],
    ),
]
