"""All families; importing them registers their ops, and gives tensors their forms in place."""

import pkgutil as _pkgutil
from importlib import import_module as _import_module
from typing import Any as _Any

from lightgrad import deprecation as _deprecation
from lightgrad.autograd.ops import inplace as _inplace

for _family in _pkgutil.iter_modules(__path__):
    _import_module(f"{__name__}.{_family.name}")

_inplace.attach()


def __getattr__(name: str) -> _Any:
    full = f"{__name__}.{name}"
    if full not in _deprecation.MOVED and full not in _deprecation.SCATTERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _import_module(full)
