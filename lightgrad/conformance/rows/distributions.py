"""Draws of further distributions, made certain by their parameters."""

from functools import partial
from typing import Any

from lightgrad.conformance.row import Row, call, fault, row, wrong
from lightgrad.conformance.samples import between, bools, ints, normal
from lightgrad.errors import ArgumentError, ShapeError

LEVEL = 4
refused = partial(fault, error=ArgumentError)


def _fresh(name: str, *samples: Any, faults: Any) -> Row:
    """The in-place method on a copy outside the graph."""

    def run(x: Any, *args: Any) -> Any:
        return getattr(x.detach().clone(), name)(*args)

    return row(name, *samples, fn=run, grad=False, faults=faults)


WHOLE = ints(0, 5, 3)
ONE = between(1, 2, 3, 1)  # weights of a single choice
ROWS = [
    _fresh(
        "exponential_",
        (normal(0),),
        (normal(0, 3), 2.0),
        faults=[
            refused("exponential_: lambd must be positive, not 0", normal(3), 0),
            wrong("exponential_: needs a floating tensor, not int64", WHOLE),
        ],
    ),
    _fresh(
        "geometric_",
        (normal(0), 0.5),
        (ints(0, 5, 0), 0.5),
        faults=[refused("geometric_: p must be between 0 and 1, not 1.0", normal(3), 1.0)],
    ),
    _fresh(
        "cauchy_",
        (normal(2, 3), 4.0, 1e-30),
        (normal(0),),
        faults=[
            refused("cauchy_: sigma must be positive, not 0", normal(3), 0, 0),
            wrong("cauchy_: needs a floating tensor, not int64", WHOLE),
        ],
    ),
    _fresh(
        "log_normal_",
        (normal(2, 3), 0.0, 1e-30),
        (normal(0),),
        faults=[
            refused("log_normal_: std must be positive, not -1", normal(3), 0, -1),
            wrong("log_normal_: needs a floating tensor, not int64", WHOLE),
        ],
    ),
    row(
        "multinomial",
        (ONE, 1),
        (ONE, 4, True),
        call(between(1, 2, 1), num_samples=1),
        call(between(1, 2, 1), num_samples=3, replacement=True),
        grad=False,
        faults=[
            refused("multinomial: cannot sample n_sample <= 0 samples, here 0", ONE, 0),
            refused("multinomial: .*without replacement: 2 of 1", ONE, 2),
            refused("multinomial: .*element < 0", between(-2, -1, 3), 1),
            fault("multinomial: expected a row or a matrix", normal(), 1, error=ShapeError),
            wrong("multinomial: .*not int64", WHOLE, 1),
        ],
    ),
    row(
        "poisson",
        (bools(3, 4).astype(float) * 0,),
        (normal(0),),
        grad=False,
        faults=[
            refused(r"poisson: .*\(3,\).*not be negative", between(-2, -1, 3)),
            wrong("poisson: needs floating tensors, not int64", WHOLE),
        ],
    ),
    row(
        "binomial",
        (ints(0, 9, 4, 5).astype(float), bools(4, 5).astype(float)),
        (ints(0, 9, 4, 1).astype(float), bools(5).astype(float)),
        (normal(0), normal(0)),
        grad=False,
        faults=[
            refused(r"binomial: .*\(3,\).*at most 1", between(1, 2, 3), between(1.5, 2, 3)),
            wrong("binomial: prob must be a tensor", between(1, 2, 3), 0.5),
        ],
    ),
]
