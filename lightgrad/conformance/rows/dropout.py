"""Random ops of channels, slopes and choices, made certain by their probabilities."""

from functools import partial

from lightgrad.conformance.row import Row, call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
refused = partial(fault, error=ArgumentError)


def _certain(name: str, *shape: int) -> Row:
    x = normal(*shape)
    return row(
        name,
        (x, 1.0, True),
        (x, 0.0, True),
        call(x, p=0.7, training=False),
        faults=[
            refused(rf"{name}: .*not 1.5", x, 1.5),
            wrong(rf"{name}: needs a floating tensor", ints(0, 5, *shape)),
        ],
    )


ROWS = [
    _certain("dropout1d", 2, 3, 4),
    _certain("dropout2d", 2, 3, 2, 2),
    _certain("dropout3d", 2, 3, 2, 2, 1),
    _certain("alpha_dropout", 3, 4),
    _certain("feature_alpha_dropout", 2, 3, 4),
    row(
        "rrelu",
        (normal(3, 4),),
        (normal(3, 4), 0.25, 0.25, True),
        (normal(), 0.1, 0.3, False),
        faults=[refused("rrelu: no finite range", normal(3), 0.5, 0.1)],
    ),
    row(
        "gumbel_softmax",
        # one is so much larger that the noise does not matter
        (normal(3, 1),),
        call(normal(3, 1), tau=0.5, hard=True),
        faults=[refused("tau must not be zero", normal(3, 2), 0)],
    ),
]
