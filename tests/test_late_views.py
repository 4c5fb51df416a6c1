"""Views of what was changed find their place in the graph when somebody asks for it."""

from __future__ import annotations

import gc
from copy import deepcopy
from typing import Any
from weakref import ref

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.tensor import views
from lightgrad.errors import MissingOpError
from tests.helpers import leaf


def _counted(monkeypatch: Any) -> list[Any]:
    made: list[Any] = []
    renewed = views.renewed

    def counted(view: Any) -> Any:
        made.append(1)
        return renewed(view)

    monkeypatch.setattr(views, "renewed", counted)
    return made


@pytest.mark.parametrize("recorded", [True, False])
def test_a_change_meets_only_the_views_in_use(
    every_backend: Any, monkeypatch: Any, recorded: bool
) -> None:
    n, made = 40, _counted(monkeypatch)
    x = leaf(np.ones((n, 2)))
    whole = x * 2
    rows = [whole[i] for i in range(n)]
    for i, row in enumerate(rows):
        if recorded:
            row *= i
        else:
            with light.no_grad():
                row.mul_(1.0)
    assert len(made) <= 3 * n
    (rows[3] + rows[n - 1]).sum().backward()
    expected = np.zeros((n, 2))
    expected[3], expected[n - 1] = (6, 2 * (n - 1)) if recorded else (2, 2)
    np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_views_of_views_and_new_ones_follow(every_backend: Any) -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    whole = x * 1
    row = whole[1]
    cell = row[0]
    whole *= 3
    late = whole[1]
    row.mul_(2)
    cell += x[0, 0]
    (cell * late[1] + row.sum()).backward()  # (18 + x00) 24 with 18 = 6 x10 and 24 = 6 x11
    np.testing.assert_allclose(x.grad.numpy(), [[25, 0], [6 * 25, 6 * (19 + 1)]])


def test_what_is_not_a_change_of_memory_leaves_late_views_their_history(
    every_backend: Any,
) -> None:
    x = leaf([1.0, 2.0])
    whole = x * 2
    part = whole[:1]
    whole *= 3
    whole.detach_()
    part.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [6, 0])

    plain = leaf([1.0, 2.0], requires_grad=False)
    part = plain[:1]
    plain.mul_(2)
    plain.requires_grad_()
    assert not part.requires_grad


def test_a_late_view_is_a_tensor_like_others(every_backend: Any) -> None:
    x = leaf([1.0, 2.0])
    whole = x * 2
    parts = [whole[:1] for _ in range(4)]
    whole *= 3
    with pytest.raises(MissingOpError, match="no attribute or op 'sofmax'"):
        parts[0].sofmax()
    assert parts[1].requires_grad and not parts[2].is_leaf
    assert deepcopy(parts[2].detach()).numpy() == [6]
    with light.keep_values():
        whole *= 2
        parts[3].sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [12, 0])


def test_late_views_make_no_cycles(every_backend: Any) -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf([1.0, 2.0])
        whole = x * 2
        part = whole[:1]
        whole *= 3
        watched = [ref(whole), ref(part)]
        del whole, part
        assert [w() for w in watched] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_a_view_is_one_of_what_an_optimizer_made(every_backend: Any, name: str) -> None:
    """Its first edge was freed by the backward pass; there is another since the step."""
    x = leaf([[1.0, 2.0, 3.0]])
    part = x[..., ::2]
    part.sum().backward()
    getattr(light.optim, name)([x], lr=0.5).step()
    part.backward(leaf([[10.0, 20.0]], requires_grad=False))
    np.testing.assert_array_equal(x.grad.numpy(), [[11.0, 0.0, 21.0]])
