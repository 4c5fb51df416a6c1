"""Random ops, made certain by their probabilities or by a seed."""

from functools import partial
from typing import Any

from lightgrad import Generator
from lightgrad.conformance.row import Row, call, fault, row, wrong
from lightgrad.conformance.samples import between, bools, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
refused = partial(fault, error=ArgumentError)


def _seeded(x: Any, p: float = 0.5) -> Any:
    return x.dropout(p, generator=Generator(3))


def _fresh(name: str, *samples: Any, faults: Any) -> Row:
    """The in-place method on a copy outside the graph."""

    def run(x: Any, *args: Any) -> Any:
        return getattr(x.detach().clone(), name)(*args)

    return row(name, *samples, fn=run, grad=False, faults=faults)


WHOLE = ints(0, 5, 3)
ROWS = [
    row(
        "dropout",
        (normal(4, 5),),
        (normal(3), 0.2),
        (normal(), 0.5),
        (normal(0, 3),),
        (between(1, 2, 4, 5), 0.5),
        fn=_seeded,
        name="seeded dropout",
        faults=[
            refused(r"dropout: .*\[0, 1\], not 1.5", normal(3), 1.5),
            refused(r"dropout: .*not -0.1", normal(3), -0.1),
            wrong(r"dropout: .*must be a number, not 'a'", normal(3), "a"),
            wrong(r"dropout: needs a floating tensor, not int64", WHOLE),
        ],
    ),
    row(
        "dropout",
        (normal(4, 5), 1.0, True),
        (normal(4, 5), 0.0, True),
        (normal(4, 5), 0.7, False),
        call(normal(2), p=0.5, training=False),
        fn=lambda x, *args, **kwargs: x.dropout(*args, **kwargs) * 1,
        name="certain dropout",
    ),
    row(
        "bernoulli",
        (bools(4, 5).astype(float),),
        (bools().astype(float),),
        (normal(0, 2),),
        grad=False,
        faults=[
            refused(r"bernoulli: .*\(3,\).*in \[0, 1\]", between(1.5, 2, 3)),
            wrong(r"bernoulli: .*not int64", WHOLE),
        ],
    ),
    _fresh(
        "uniform_",
        (normal(2, 3), 4.0, 4.0),
        (normal(), 1, 1),
        (normal(0), 0.0, 0.0),
        faults=[
            refused(r"uniform_: .*from 2.0 to 1.0", normal(3), 2.0, 1.0),
            wrong(r"uniform_: needs a floating tensor, not int64", WHOLE),
        ],
    ),
    _fresh(
        "normal_",
        (normal(2, 3), 4.0, 0.0),
        (normal(), 1, 0),
        (normal(0),),
        faults=[
            refused(r"normal_: std .*not -1.0", normal(3), 0.0, -1.0),
            wrong(r"normal_: needs a floating tensor, not int64", WHOLE),
        ],
    ),
    _fresh(
        "bernoulli_",
        (normal(2, 3), 1),
        (WHOLE, 0.0),
        (normal(0), 0.5),
        faults=[refused(r"bernoulli_: .*not 2.0", normal(3), 2.0)],
    ),
    _fresh(
        "random_",
        (normal(2, 3), 4, 5),
        (WHOLE, 1),
        (normal(0), 2),
        faults=[
            refused(r"random_: there is no int64 in \[5, 5\)", normal(3), 5, 5),
            wrong(r"random_: .*must be integers", normal(3), 0.5),
        ],
    ),
]
