"""All families; importing them registers their ops, and gives tensors their forms in place."""

import sys as _sys
from importlib import import_module as _import_module
from typing import Any as _Any

from lightgrad import deprecation as _deprecation
from lightgrad.autograd.ops import (
    activation,
    adaptive_pooling,
    arithmetic,
    attention,
    clamp,
    comparison,
    conversion,
    convolution,
    creation,
    cross_entropy,
    cumulative,
    derived,
    diagonal,
    einsum,
    elementary,
    embedding,
    getitem,
    indexing,
    inplace,
    joining,
    linalg,
    loss,
    norm,
    normalization,
    optimize,
    padding,
    pooling,
    random,
    recurrent,
    reduction,
    relu,
    repeat,
    rounding,
    setitem,
    shape,
    softmax,
    sorting,
    statistics,
    trigonometry,
)

inplace.attach()

for _old in _deprecation.SCATTERED:
    if _old in _sys.modules:  # some of its names are in other files now
        vars(_sys.modules[_old])["__getattr__"] = _deprecation.elsewhere(_old)


def __getattr__(name: str) -> _Any:
    full = f"{__name__}.{name}"
    if full not in _deprecation.MOVED and full not in _deprecation.SCATTERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _import_module(full)
