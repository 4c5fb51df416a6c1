"""What the results and gradients of a row should be: of torch, and of differences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch as library

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.conformance.case import differentiate
from tests.grid import Point
from tests.op_table import Call, laid_out, light_call, torch_call


@dataclass(frozen=True)
class Truth:
    """Outputs, a gradient sent back into each, and the gradients of the inputs, as arrays."""

    outputs: list[Any]
    vectors: list[np.ndarray]
    gradients: list[Any]


def vectors_for(outputs: list[Any], seed: int = 5) -> list[np.ndarray]:
    """A random gradient for every output, the same for the same shapes."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(getattr(y, "shape", ())) for y in outputs]


def torch(point: Point) -> Truth:
    """torch's answer, computed once for all layouts and backends."""
    return _torch(point.row, point.index, point.dtype)


@lru_cache(maxsize=4000)
def _torch(row: Any, index: int, dtype: str) -> Truth:
    call = torch_call(row, row.samples[index], dtype)
    outputs = call.run()
    vectors = vectors_for(outputs)
    pairs = [
        (y, library.from_numpy(np.asarray(v)).to(y.dtype))
        for y, v in zip(outputs, vectors, strict=True)
        if isinstance(y, library.Tensor) and y.requires_grad
    ]
    found: Any = [None] * len(call.wanted)
    if pairs and call.wanted:
        ys, vs = zip(*pairs, strict=True)
        found = library.autograd.grad(ys, call.wanted, vs, allow_unused=True)
    return Truth(_arrays(outputs), vectors, _arrays(found))


def _arrays(values: Any) -> list[Any]:
    return [v.detach().numpy() if isinstance(v, library.Tensor) else v for v in values]


def sent(
    outputs: list[Any], vectors: list[np.ndarray], requires_grad: bool = False, layout: str = ""
) -> list[Any]:
    """The vectors as tensors of the kinds of the outputs; None for what has no gradient."""

    def made(y: Any, v: np.ndarray) -> Any:
        if not isinstance(y, AbstractTensor) or not y.requires_grad:
            return None
        if layout:
            return laid_out(type(y), v.astype(y.dtype), layout)
        return type(y).from_numpy(v.astype(y.dtype), requires_grad=requires_grad)

    return [made(y, v) for y, v in zip(outputs, vectors, strict=True)]


def gradients(
    call: Call, outputs: list[Any], vectors: list[np.ndarray], layout: str = ""
) -> list[Any]:
    """Ours, along the vectors."""
    return differentiate(outputs, call.wanted, sent(outputs, vectors, layout=layout))


def second(call: Call) -> tuple[list[Any], list[Any]]:
    """What can be differentiated twice, inputs and what is sent back, and the gradients of
    the first gradients along fixed lines."""
    outputs = call.run()
    vectors = sent(outputs, vectors_for(outputs), True)
    wanted = [*call.wanted, *(v for v in vectors if v is not None)]
    first = differentiate(outputs, call.wanted, vectors, create_graph=call.row.gradgrad)
    if not call.row.gradgrad:
        return wanted, [*first, *(None for v in vectors if v is not None)]
    lines = sent(first, vectors_for(call.wanted, 7))
    return wanted, differentiate(first, wanted, lines)


@lru_cache(maxsize=2000)
def _second_on_cpu(row: Any, index: int) -> list[Any]:
    _, found = second(light_call(row, row.samples[index], CpuTensor, "float64"))
    return [None if g is None else g.numpy() for g in found]


def second_on_cpu(point: Point) -> list[Any]:
    """The CPU's second gradients, which `differences` looks at."""
    return _second_on_cpu(point.row, point.index)


def differences(point: Point) -> None:
    """Gradients of both orders, along a random line, are what differences of values say."""
    call = light_call(point.row, point.sample, CpuTensor, "float64")
    if not any(t.numel() for t in call.wanted):
        return  # what is computed of nothing, nan perhaps, depends on nothing
    outputs = call.run()
    vectors = vectors_for(outputs)
    found = gradients(call, outputs, vectors)

    def value(inputs: list[Any], vectors: list[Any]) -> float:
        outputs = call.run(inputs)
        return sum(
            float((y.numpy() * v).sum())
            for y, v in zip(outputs, vectors, strict=True)
            if isinstance(y, AbstractTensor) and y.requires_grad
        )

    _agree("the gradient", value, call.wanted, vectors, found, [None] * len(vectors))
    if not point.row.gradgrad:
        return
    lines = vectors_for(call.wanted, 7)
    n = len(call.wanted)

    def slope(inputs: list[Any], vectors: list[Any]) -> float:
        outputs = call.run(inputs)
        first = differentiate(outputs, inputs, sent(outputs, vectors))
        return sum(
            float((g.numpy() * w).sum()) for g, w in zip(first, lines, strict=True) if g is not None
        )

    _, found = second(call)
    each = iter(found[n:])
    back = [
        next(each) if isinstance(y, AbstractTensor) and y.requires_grad else None for y in outputs
    ]
    _agree("the second gradient", slope, call.wanted, vectors, found[:n], back)


def _agree(
    what: str, fn: Any, wanted: list[Any], vectors: list[Any], of_inputs: Any, of_vectors: Any
) -> None:
    rng = np.random.default_rng(11)
    places = [t.numpy() for t in wanted]
    lines = [rng.standard_normal(a.shape) for a in places]
    turns = [rng.standard_normal(v.shape) for v in vectors]
    turned = [v if g is None else w for v, w, g in zip(vectors, turns, of_vectors, strict=True)]
    step = 1e-6

    def moved(h: float) -> float:
        inputs = [
            CpuTensor.from_numpy(a + h * v, requires_grad=True)
            for a, v in zip(places, lines, strict=True)
        ]
        shifted = [
            v if g is None else v + h * w
            for v, w, g in zip(vectors, turned, of_vectors, strict=True)
        ]
        return fn(inputs, shifted)

    slope = (moved(step) - moved(-step)) / (2 * step)
    terms = [
        g.numpy() * v
        for g, v in zip([*of_inputs, *of_vectors], [*lines, *turned], strict=True)
        if g is not None
    ]
    size = 1 + sum(float(np.abs(p).sum()) for p in terms)
    ours = sum(float(p.sum()) for p in terms)
    assert abs(ours - slope) <= 2e-6 * size, (
        f"{what} along a line is {ours!r}, but differences give {slope!r}"
    )
