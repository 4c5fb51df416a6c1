"""All families; importing them registers their ops."""

from lightgrad.autograd.cpu.ops import (
    activation,
    arithmetic,
    elementary,
    linalg,
    movement,
    reduction,
)
