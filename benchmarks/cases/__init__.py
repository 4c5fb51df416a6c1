"""One module per case.  To add one, write the module and name it here.

A module has a ``SUMMARY`` and one of

* ``PEERS``: peer -> function that returns a :class:`Step`, called with the entries of
  ``VARIANTS[variant]``; every peer does the same mathematics, which is checked before
  anything is timed (a peer without results does other work, to compare with);
  ``missing(peer, variant)`` may say why one does not take part, and
  ``conclude(rows, say)`` may add rows at the end;
* ``measure(options, say)``: returns the finished rows itself.

Libraries are imported inside those functions, so that listing the cases imports none.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = {
    "small": "small",
    "mlp": "mlp",
    "cnn": "cnn",
    "chain": "chain",
    "scalar": "scalar",
    "import": "import_time",
    "memory": "memory",
    "opencl": "opencl",
    "observers": "observers",
}

#: where ``python -m benchmarks...`` finds this package
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """What a worker times: ``run`` does one step, ``results`` gives arrays to compare after it."""

    run: Callable[[], Any]
    results: Callable[[], Mapping[str, Any]]


def load(name: str) -> ModuleType:
    """The module of a case."""
    return importlib.import_module(f"benchmarks.cases.{MODULES[name]}")


def variants(case: ModuleType) -> dict[str, dict[str, Any]]:
    """The ways a case is run, by name; most have one, without a name."""
    return getattr(case, "VARIANTS", {"": {}})
