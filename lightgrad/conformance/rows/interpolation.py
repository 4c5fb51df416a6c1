"""Rows of images in another size."""

from functools import partial

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X1, X2, X3 = normal(2, 2, 5), normal(1, 2, 4, 3), normal(1, 1, 3, 2, 4)
refused = partial(fault, error=ArgumentError)
given = partial(call, X2)

ROWS = [
    row(
        "interpolate",
        (X1, 7),
        call(X1, scale_factor=2),
        call(X1, scale_factor=0.6, mode="nearest-exact"),
        call(X1, 8, mode="linear"),
        call(X1, 3, mode="linear", align_corners=True),
        given((8, 3)),
        given((2, 3)),
        given(scale_factor=(1.5, 2), mode="bilinear"),
        given(scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
        given((3, 5), mode="bilinear", align_corners=True),
        given((7, 5), mode="bicubic"),
        given(1, mode="bicubic", align_corners=True),
        given((2, 5), mode="bilinear", antialias=True),
        given((3, 2), mode="bicubic", antialias=True),
        given((3, 2), mode="area"),
        call(X3, (4, 2, 3), mode="trilinear"),
        call(X3, scale_factor=2),
        loose=4.0,
        faults=[
            refused("give either size or scale_factor", X1),
            refused("give either size or scale_factor", X1, 2, 2.0),
            refused("mode must be one of", X1, 3, mode="cubic"),
            fault("is for 4 axes, not shape", X1, 3, mode="bilinear"),
            fault("cannot become images of size", X1, 0),
            refused("takes no align_corners", X1, 3, align_corners=True),
            refused("antialias is for bilinear", X1, 3, antialias=True),
            fault("2 factors for the 1 axes", X1, scale_factor=(1, 2)),
            wrong("needs a floating tensor", ints(0, 9, 1, 1, 4), 3, mode="linear"),
        ],
    ),
]
