"""Single operations from 10 elements to 1e7: what one costs, alone and with its backward."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.cases import Step, Work, arguments
from benchmarks.report import Row

SUMMARY = "add, mul, matmul, sum of 10 to 1e7 elements, recorded: forward, and forward and backward"
FORWARD, BOTH, BACKWARD = "forward", "forward+backward", "backward"
OPS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "matmul": lambda a, b: a @ b,
    "sum": lambda a: a.sum(),
}
SIZES = (10, 10**3, 10**5, 10**7)
#: small operations per step, so that calling the step itself does not count
LOOP = {10: 20, 10**2: 20, 10**3: 10}
#: arrays of the given size that an operation and its backward read and write
TRAFFIC = {"add": 7, "mul": 9, "sum": 2}


def _variant(op: str, size: int, passes: str) -> tuple[str, dict[str, Any]]:
    name = f"{op} {size:.0e} {passes}".replace("e+0", "e")
    return name, {"op": op, "size": size, "passes": passes}


def side(size: int) -> int:
    """Of a square matrix with about so many elements, at most 4 million."""
    return min(round(size**0.5), 2000)


def _work(op: str, size: int) -> Work:
    times = LOOP.get(size, 1)
    if op == "matmul":
        return Work("matmul", 3 * 2 * side(size) ** 3, "flop", times)
    return Work(op, 4 * TRAFFIC[op] * size, "byte", times)


VARIANTS = dict(
    _variant(op, size, passes) for op in OPS for size in SIZES for passes in (FORWARD, BOTH)
)
SWEEP = {
    name: (_work(op, size), arguments)
    for op in OPS
    for size in (10, 10**2, 10**3, 10**4, 10**5, 10**6, 10**7)
    for name, arguments in [_variant(op, size, BOTH)]
}


def arrays(op: str, size: int) -> tuple[list[Any], Any]:
    """Operands from 0 to 1, and what the gradient of the result starts from."""
    rng = np.random.default_rng(0)
    shape = (side(size),) * 2 if op == "matmul" else (size,)
    operands = [rng.random(shape, np.float32) for _ in range(1 if op == "sum" else 2)]
    return operands, rng.random(() if op == "sum" else shape, np.float32)


def _step(
    call: Callable[..., Any], tensors: Sequence[Any], start: Any, size: int, passes: str
) -> Step:
    """The same script for lightgrad and torch."""
    loop, backward = range(LOOP.get(size, 1)), passes == BOTH
    kept: list[Any] = []

    def run() -> None:
        y = None
        for _ in loop:
            y = call(*tensors)
            if backward:
                for t in tensors:
                    t.grad = None
                y.backward(start)
        kept[:] = [y]

    def results() -> dict[str, Any]:
        found = {"result": _array(kept[0])}
        if backward:
            found |= {f"gradient {i}": _array(t.grad) for i, t in enumerate(tensors)}
        return found

    return Step(run, results)


def _array(value: Any) -> Any:
    return np.asarray(value.detach().numpy() if hasattr(value, "detach") else value)


def lightgrad(op: str, size: int, passes: str) -> Step:
    import lightgrad as light

    operands, start = arrays(op, size)
    tensors = [light.from_numpy(a).requires_grad_() for a in operands]
    return _step(OPS[op], tensors, light.from_numpy(start, requires_grad=False), size, passes)


def torch(op: str, size: int, passes: str) -> Step:
    import torch

    operands, start = arrays(op, size)
    tensors = [torch.from_numpy(a).requires_grad_() for a in operands]
    return _step(OPS[op], tensors, torch.from_numpy(np.asarray(start)), size, passes)


def mygrad(op: str, size: int, passes: str) -> Step:
    import mygrad

    operands, start = arrays(op, size)
    tensors = [mygrad.tensor(a) for a in operands]
    loop, backward, call = range(LOOP.get(size, 1)), passes == BOTH, OPS[op]
    kept: list[Any] = []

    def run() -> None:
        y = None
        for _ in loop:
            y = call(*tensors)  # forgets the old gradients by itself
            if backward:
                y.backward(start)
        kept[:] = [y]

    def results() -> dict[str, Any]:
        found = {"result": kept[0].data}
        if backward:
            found |= {f"gradient {i}": t.grad for i, t in enumerate(tensors)}
        return found

    return Step(run, results)


def autograd(op: str, size: int, passes: str) -> Step:
    import autograd.numpy as anp
    from autograd import make_vjp

    operands, start = arrays(op, size)
    call = anp.sum if op == "sum" else OPS[op]
    traced = make_vjp(call, argnum=0 if op == "sum" else (0, 1))
    loop, backward = range(LOOP.get(size, 1)), passes == BOTH
    kept: list[Any] = []

    def run() -> None:
        y = grads = None
        for _ in loop:
            pull, y = traced(*operands)
            if backward:
                grads = pull(start)
        kept[:] = [y, grads]

    def results() -> dict[str, Any]:
        y, grads = kept
        found = {"result": np.asarray(y)}
        if backward:
            grads = (grads,) if op == "sum" else grads
            found |= {f"gradient {i}": g for i, g in enumerate(grads)}
        return found

    return Step(run, results)


PEERS = {"lightgrad": lightgrad, "torch": torch, "mygrad": mygrad, "autograd": autograd}


def missing(peer: str, variant: str) -> str:
    """The others differ where an operation costs more than its arithmetic."""
    large = arguments(sys.modules[__name__], variant)["size"] > 10**3
    return "small operations only" if large and peer in ("mygrad", "autograd") else ""


def conclude(rows: list[Row], say: Callable[[str], None]) -> list[Row]:
    """What the backward costs at the smallest size, which cannot be timed alone."""
    values = {(row.case, row.peer): row.value for row in rows}
    found = []
    for op in OPS:
        label = f"ops {_variant(op, SIZES[0], '')[0]}".rstrip()
        alone: dict[str, float] = {}
        for peer in PEERS:
            whole = values.get((f"{label} {BOTH}", peer))
            first = values.get((f"{label} {FORWARD}", peer))
            if whole is not None and first is not None:
                alone[peer] = whole - first
        for peer, seconds in alone.items():
            ratio = None if peer == "lightgrad" else alone["lightgrad"] / seconds
            found.append(Row(f"{label} {BACKWARD}", peer, seconds, ratio=ratio, note="difference"))
    return found
