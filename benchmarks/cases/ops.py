"""Single operations from 10 elements to 1e7: what one costs, alone and with its backward."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.cases import Step
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
LOOP = {10: 20, 10**3: 10}
#: the sides of square matrices with about so many elements
SIDES = {10: 3, 10**3: 32, 10**5: 316, 10**7: 2000}
VARIANTS = {
    f"{op} {size:.0e} {passes}".replace("e+0", "e"): {"op": op, "size": size, "passes": passes}
    for op in OPS
    for size in SIZES
    for passes in (FORWARD, BOTH)
}


def arrays(op: str, size: int) -> tuple[list[Any], Any]:
    """Operands from 0 to 1, and what the gradient of the result starts from."""
    rng = np.random.default_rng(0)
    shape = (SIDES[size],) * 2 if op == "matmul" else (size,)
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
    if not importlib.util.find_spec(peer):
        return "not installed"
    many = VARIANTS[variant]["size"] > 10**3
    return "small operations only" if many and peer in ("mygrad", "autograd") else ""


def conclude(rows: list[Row], say: Callable[[str], None]) -> list[Row]:
    """What the backward costs at the smallest size, which cannot be timed alone."""
    values = {(row.case, row.peer): row.value for row in rows}
    found = []
    for op in OPS:
        label = f"ops {op} {SIZES[0]:.0e}".replace("e+0", "e")
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
