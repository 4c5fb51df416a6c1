"""Random ops, made certain by their probabilities or by a seed."""

from __future__ import annotations

from typing import Any

import torch

from lightgrad import Generator
from lightgrad.autograd.generator import draw
from lightgrad.errors import ArgumentError, DtypeError
from tests.op_rows.row import Fault, Row, between, bools, call, ints, normal


def _mask(x: Any, p: float) -> Any:
    """The mask that our dropout with seed 3 draws, for torch to apply."""
    from lightgrad import CpuTensor
    from lightgrad.autograd.dtypes import as_dtype

    dtype = as_dtype(str(x.dtype).removeprefix("torch."))
    mask = draw(CpuTensor, "mask", tuple(x.shape), dtype, Generator(3), 1 - p, 1 / (1 - p))
    return torch.from_numpy(mask.numpy())


def _seeded(x: Any, p: float = 0.5) -> Any:
    return x.dropout(p, generator=Generator(3))


def _fresh(method: str) -> Any:
    """The in-place method on a copy outside the graph."""

    def run(x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(x.detach().clone(), method)(*args, **kwargs)

    return run


def _both(method: str) -> dict[str, Any]:
    return {"light": _fresh(method), "torch": _fresh(method), "grad": False}


ROWS = [
    Row(
        "dropout",
        [call(normal(4, 5)), call(normal(3), 0.2), call(normal(), 0.5), call(normal(0, 3))],
        light=_seeded,
        torch=lambda x, p=0.5: x * _mask(x, p),
        faults=[
            Fault(call(normal(3), 1.5), ArgumentError, r"dropout: .*\[0, 1\], not 1.5"),
            Fault(call(normal(3), -0.1), ArgumentError, r"dropout: .*not -0.1"),
            Fault(call(normal(3), "a"), DtypeError, r"dropout: .*must be a number, not 'a'"),
            Fault(call(ints(0, 5, 3)), DtypeError, r"dropout: needs a floating tensor, not int64"),
        ],
    ),
    Row(
        "dropout",
        [
            call(normal(4, 5), 1.0, True),
            call(normal(4, 5), 0.0, True),
            call(normal(4, 5), 0.7, False),
            call(normal(2), p=0.5, training=False),
        ],
        torch=torch.nn.functional.dropout,
        light=lambda x, *args, **kwargs: x.dropout(*args, **kwargs) * 1,
    ),
    Row(
        "bernoulli",
        [call(bools(4, 5).astype(float)), call(bools().astype(float)), call(normal(0, 2))],
        torch=lambda x: torch.bernoulli(x),
        grad=False,
        faults=[
            Fault(call(between(1.5, 2, 3)), ArgumentError, r"bernoulli: .*\(3,\).*in \[0, 1\]"),
            Fault(call(ints(0, 2, 3)), DtypeError, r"bernoulli: .*not int64"),
        ],
    ),
    Row(
        "uniform_",
        [call(normal(2, 3), 4.0, 4.0), call(normal(), 1, 1), call(normal(0), 0.0, 0.0)],
        faults=[
            Fault(call(normal(3), 2.0, 1.0), ArgumentError, r"uniform_: .*from 2.0 to 1.0"),
            Fault(call(ints(0, 2, 3)), DtypeError, r"uniform_: needs a floating tensor, not int64"),
        ],
        **_both("uniform_"),
    ),
    Row(
        "normal_",
        [call(normal(2, 3), 4.0, 0.0), call(normal(), 1, 0), call(normal(0))],
        faults=[
            Fault(call(normal(3), 0.0, -1.0), ArgumentError, r"normal_: std .*not -1.0"),
            Fault(call(ints(0, 2, 3)), DtypeError, r"normal_: needs a floating tensor, not int64"),
        ],
        **_both("normal_"),
    ),
    Row(
        "bernoulli_",
        [call(normal(2, 3), 1), call(ints(0, 5, 3), 0.0), call(normal(0), 0.5)],
        faults=[Fault(call(normal(3), 2.0), ArgumentError, r"bernoulli_: .*not 2.0")],
        **_both("bernoulli_"),
    ),
    Row(
        "random_",
        [call(normal(2, 3), 4, 5), call(ints(0, 5, 3), 1), call(normal(0), 2)],
        faults=[
            Fault(call(normal(3), 5, 5), ArgumentError, r"random_: there is no int64 in \[5, 5\)"),
            Fault(call(normal(3), 0.5), DtypeError, r"random_: .*must be integers"),
        ],
        **_both("random_"),
    ),
]
