"""How a loader makes one batch of the items of a data set."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from lightgrad.torch._core.collate import default_collate
from lightgrad.torch._core.legacy import MADE
from lightgrad.torch._core.samplers import TensorDataset

MAP, ITERABLE = 0, 1


def fetcher(dataset: Any, kind: int, collate: Any, drop_last: bool) -> Callable[[Any], Any]:
    """A function that makes a batch of the items of these numbers, or the next batch."""
    if kind == MAP:
        return lambda numbers: _batch(dataset, collate, numbers)
    return _following(iter(dataset), collate, drop_last)


def _batch(dataset: Any, collate: Any, numbers: Any) -> Any:
    if not isinstance(numbers, (list, tuple)):  # no batches: an item by itself
        return collate(dataset[numbers])
    if type(dataset) is TensorDataset and collate is default_collate:
        at = MADE["tensor"](numbers)  # the same values at once
        return [t[at.to(t.device)] for t in dataset.tensors]
    several = getattr(dataset, "__getitems__", None)
    return collate([dataset[i] for i in numbers] if several is None else several(numbers))


def _following(items: Any, collate: Any, drop_last: bool) -> Callable[[Any], Any]:
    ended = False

    def fetch(numbers: Any) -> Any:
        nonlocal ended
        if ended:
            raise StopIteration
        if not isinstance(numbers, (list, tuple)):
            return collate(next(items))
        batch = list(islice(items, len(numbers)))
        ended = len(batch) < len(numbers)
        if not batch or (ended and drop_last):
            raise StopIteration
        return collate(batch)

    return fetch
