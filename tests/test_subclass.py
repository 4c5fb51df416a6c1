"""A subclass of a device's tensors stays itself: ops, views, gradients, optimizers."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.conformance.row import Row
from lightgrad.conformance.rows import ROWS
from tests.backends import NAMES, backend
from tests.helpers import equal

# of kernels that OpenCL has not
pytestmark = pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")


class Labelled(light.CpuTensor):
    """A subclass with more to keep, which its ``__reduce__`` says."""

    __slots__ = ("label",)

    def __reduce__(self) -> Any:
        return _labelled, (self.numpy(), self.requires_grad, self.label)


def _labelled(array: np.ndarray, requires_grad: bool, label: str) -> Labelled:
    made = Labelled(array, requires_grad)
    made.label = label
    return made


FAMILIES = sorted({row.family for row in ROWS})


@pytest.fixture(params=NAMES)
def mine(request: Any) -> Any:
    """A subclass of the class of a device."""

    class Mine(backend(request.param)):  # type: ignore[misc]
        __slots__ = ()

    return Mine


def place(mine: Any, values: Any) -> Any:
    values = np.asarray(values)
    return mine.from_numpy(values.astype(np.float32) if values.dtype == np.float64 else values)


def tensors(found: Any) -> list[Any]:
    if isinstance(found, (tuple, list)):
        return [t for part in found for t in tensors(part)]
    return [found] if isinstance(found, light.AbstractTensor) else []


def check(mine: Any, row: Row) -> None:
    made: list[Any] = []

    def lift(values: np.ndarray) -> Any:
        made.append(place(mine, values))
        return made[-1]

    call = row.samples[0].mapped(lift)
    results = tensors(row.run(*call.args, **call.kwargs))
    assert [type(t) for t in results] == [mine] * len(results), row.op
    sums = [t.sum() for t in results if t.requires_grad]
    if sums and row.grad:
        sum(sums[1:], sums[0]).backward()
    grads = [t.grad for t in made if t.grad is not None]
    assert [type(g) for g in grads] == [mine] * len(grads), row.op


@pytest.mark.parametrize("family", FAMILIES)
def test_results_and_gradients_have_the_class_of_their_operands(mine: Any, family: str) -> None:
    elsewhere = {"transfer", "half"}  # to another device; a dtype that it may not have
    for row in ROWS:
        if row.family == family and row.samples and row.op not in elsewhere and not row.needs:
            check(mine, row)


def test_views_changes_in_place_and_optimizers_keep_the_class(mine: Any) -> None:
    x = place(mine, np.arange(12.0).reshape(3, 4))
    with light.no_grad():
        y = x + 1
        y[0] = 5
        y += y.sum(dim=1, keepdim=True)
        for t in (y, y[1:], y.T, y.reshape(-1), y.detach(), y.clone(), y.copy(), y[y > 3]):
            assert type(t) is mine
    layer = light.nn.Linear(4, 2).map_parameters(lambda p: mine.from_numpy(p.numpy()))
    optimizer = light.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (layer(x) ** 2).mean().backward()
        optimizer.step()
    for p in layer.parameters():
        assert type(p) is mine and type(p.grad) is mine
        state = [
            t for name, t in optimizer.state[p].items() if name != "step"
        ]  # it counts on the CPU
        assert [type(t) for t in state] == [mine] * len(state)


def test_numbers_arrays_and_tensors_of_the_device_join_the_subclass(mine: Any) -> None:
    """The more special class is that of the result, on whichever side it stands."""
    plain = mine.__mro__[1].from_numpy(np.float32([1.0, 2.0]))
    x = place(mine, [3.0, 4.0])
    for y, right in (
        (x - plain, [2, 2]),
        (plain - x, [-2, -2]),
        (2 - x, [-1, -2]),
        (x * 2, [6, 8]),
        (plain < x, [True, True]),
        (x * np.float32([1, 2]), [3, 8]),
        (plain.maximum(x), [3, 4]),
    ):
        assert type(y) is mine
        equal(y, right)
    (plain * x * plain).sum().backward()
    equal(plain.grad, [6.0, 16.0])
    equal(x.grad, [1.0, 4.0])


def test_what_was_changed_in_place_is_noticed_through_the_other_class(mine: Any) -> None:
    plain = mine.__mro__[1].from_numpy(np.float32([1.0, 2.0]))
    x = place(mine, [3.0, 4.0])
    middle = plain * 1
    y = middle * x
    middle.add_(1)
    with pytest.raises(light.errors.InplaceError, match="mul"):
        y.sum().backward()


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_are_made_as_the_subclass_says(how: Any) -> None:
    x = Labelled(np.float32([1.0, 2.0]), True)
    x.label = "metres"
    y = how(x)
    assert type(y) is Labelled and y.label == "metres" and y.requires_grad
    equal(y, [1.0, 2.0])


def test_two_subclasses_do_not_meet(mine: Any) -> None:
    other = type("Other", mine.__mro__[1:2], {"__slots__": ()})
    with pytest.raises(light.errors.DeviceError, match="two classes on .*, Mine and Other"):
        place(mine, [1.0]) + place(other, [1.0])
