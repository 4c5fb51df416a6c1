"""A subclass of OpenCLTensor stays itself: through every op, view, gradient and optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.opencl import OpenCLTensor
from lightgrad.conformance.row import Row
from lightgrad.conformance.rows import ROWS
from tests.backends import REASONS

if REASONS["opencl"]:
    pytest.skip(REASONS["opencl"], allow_module_level=True)


class Mine(OpenCLTensor):
    __slots__ = ()


def place(values: Any) -> Any:
    values = np.asarray(values)
    return Mine.from_numpy(values.astype(np.float32) if values.dtype == np.float64 else values)


def tensors(found: Any) -> list[Any]:
    if isinstance(found, (tuple, list)):
        return [t for part in found for t in tensors(part)]
    return [found] if isinstance(found, light.AbstractTensor) else []


def check(row: Row) -> None:
    made: list[Any] = []

    def lift(values: np.ndarray) -> Any:
        made.append(place(values))
        return made[-1]

    call = row.samples[0].mapped(lift)
    results = tensors(row.run(*call.args, **call.kwargs))
    assert [type(t) for t in results] == [Mine] * len(results), row.op
    sums = [t.sum() for t in results if t.requires_grad]
    if sums:
        sum(sums[1:], sums[0]).backward()
    grads = [t.grad for t in made if t.grad is not None]
    assert [type(g) for g in grads] == [Mine] * len(grads), row.op


FAMILIES = sorted({row.family for row in ROWS})


@pytest.mark.parametrize("family", FAMILIES)
def test_results_and_gradients_have_the_class_of_their_operands(family: str) -> None:
    elsewhere = {"transfer", "half"}  # to another device; a dtype that it may not have
    for row in ROWS:
        if row.family == family and row.samples and row.op not in elsewhere and not row.needs:
            check(row)


def test_views_changes_in_place_and_optimizers_keep_the_class() -> None:
    x = place(np.arange(12.0).reshape(3, 4))
    with light.no_grad():
        y = x + 1
        y[0] = 5
        y += y.sum(dim=1, keepdim=True)
        for t in (y, y[1:], y.T, y.reshape(-1), y.detach(), y.clone(), y.copy(), y[y > 3]):
            assert type(t) is Mine
    layer = light.nn.Linear(4, 2).map_parameters(lambda p: Mine.from_numpy(p.numpy()))
    optimizer = light.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (layer(x) ** 2).mean().backward()
        optimizer.step()
    for p in layer.parameters():
        assert type(p) is Mine and type(p.grad) is Mine
        state = [t for t in optimizer.state[p].values() if isinstance(t, light.AbstractTensor)]
        assert [type(t) for t in state] == [Mine] * len(state)
