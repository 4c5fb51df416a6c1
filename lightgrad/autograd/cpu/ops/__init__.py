"""All families; importing them registers their ops."""

from lightgrad.autograd.cpu.ops import (
    activation,
    arithmetic,
    convolution,
    cumulative,
    diagonal,
    elementary,
    extrema,
    indexing,
    inplace,
    joining,
    linalg,
    movement,
    optimize,
    piecewise,
    pooling,
    random,
    reduction,
    selection,
    sorting,
)
