"""All families; importing them registers their ops."""

from lightgrad.autograd.ops import (
    activation,
    arithmetic,
    elementary,
    linalg,
    movement,
    reduction,
)
