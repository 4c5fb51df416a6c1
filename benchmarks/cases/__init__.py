"""One module per case.  To add one, write the module and name it here.

A module has a ``SUMMARY`` and one of

* ``PEERS``: peer -> function that returns a :class:`Step`, called with the entries of
  ``VARIANTS[variant]``; every peer does the same mathematics, which is checked before
  anything is timed (a peer without results does other work, to compare with);
  ``missing(peer, variant)`` may say why one does not take part in it, and
  ``conclude(rows, say)`` may add rows at the end;
* ``measure(options, say)``: returns the finished rows itself.

``DEVICES`` names the devices that its functions take as ``device=``, if there are others
than the CPU.  ``SWEEP`` has the variants of ``--sizes``: the work of each, and arguments.
What a ratio should be at most is in `benchmarks/bars.py`.

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
    "ops": "ops",
    "optimizers": "optimizers",
    "mlp": "mlp",
    "cnn": "cnn",
    "convnet": "convnet",
    "lstm": "lstm",
    "transformer": "transformer",
    "chain": "chain",
    "scalar": "scalar",
    "epoch": "epoch",
    "import": "import_time",
    "peak": "peak",
    "memory": "memory",
    "opencl": "opencl",
    "observers": "observers",
}

#: PyTorch's names in lightgrad, as a peer of their own
DOOR = "lightgrad.torch"
#: where ``python -m benchmarks...`` finds this package
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """What a worker times: ``run`` does one step, ``results`` gives arrays to compare after it."""

    run: Callable[[], Any]
    results: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Work:
    """What a step of one size has to do, ``times`` over.

    ``amount`` counts "flop", or the "byte" that must move.
    """

    series: str
    amount: float
    unit: str
    times: int = 1


def load(name: str) -> ModuleType:
    """The module of a case; where torch takes part, lightgrad.torch runs the same function."""
    case = importlib.import_module(f"benchmarks.cases.{MODULES[name]}")
    if not hasattr(case, "measure") and "torch" in case.PEERS:
        case.PEERS.setdefault(DOOR, case.PEERS["torch"])
    return case


def variants(case: ModuleType, sweep: bool = False) -> list[str]:
    """The ways a case is run, by name; most have one, without a name."""
    return list(case.SWEEP if sweep else getattr(case, "VARIANTS", {"": {}}))


def arguments(case: ModuleType, variant: str) -> dict[str, Any]:
    """What the functions of ``PEERS`` are called with."""
    swept = {name: given for name, (_, given) in getattr(case, "SWEEP", {}).items()}
    return dict({**swept, **getattr(case, "VARIANTS", {"": {}})}[variant])


def peers(case: ModuleType) -> list[str]:
    """The libraries beside lightgrad that a case compares with."""
    names = (peer.partition(":")[0] for peer in getattr(case, "PEERS", ()))
    return [name for name in dict.fromkeys(names) if name != "lightgrad"]


def devices(case: ModuleType) -> tuple[str, ...]:
    """Where a case can be run."""
    return getattr(case, "DEVICES", ("cpu",))
