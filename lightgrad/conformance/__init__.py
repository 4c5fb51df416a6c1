"""The conformance kit: a ladder of checks for a new backend, from five ops to training.

``python -m lightgrad.conformance mypackage:NewTensor`` climbs it and says, op by op, what is
native, derived from other ops or on the host, what is wrong, and which kernel to write next.
The same checks are tests: ``pytest --pyargs lightgrad.conformance --backend mypackage:NewTensor``.
NumPy in float64 is the oracle; nothing else needs to be installed.

A backend can tell the kit more: ``manifest`` (:class:`lightgrad.Manifest`) lists its dtypes and
its largest tensor, and without one every dtype is expected to work; a class method
``memory_allocated()`` returns the bytes that tensors hold, and is watched for leaks.

>>> from lightgrad import conformance
>>> conformance.run("cpu", level=1).passed
True
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from lightgrad.conformance.runner import Report, run

__all__ = ["Report", "run"]


def __getattr__(name: str) -> _Any:
    # On first use: pytest imports this package in every run that has the plugin.
    if name not in __all__:
        raise AttributeError(f"module 'lightgrad.conformance' has no attribute {name!r}")
    return getattr(_import_module("lightgrad.conformance.runner"), name)
