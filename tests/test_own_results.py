"""Results that are views of what an op made on the way are tensors of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor, no_grad
from lightgrad.autograd.tensor import views
from lightgrad.errors import LightgradError
from lightgrad.fuzz import table
from lightgrad.fuzz.program import leaves, mapped
from tests.helpers import equal, leaf


def test_no_op_returns_a_view_of_its_own_temporaries() -> None:
    hidden = set()
    for entry in table.entries().values():
        made: list[Any] = []

        def tensor(a: Any, made: list[Any] = made) -> Any:
            if not isinstance(a, np.ndarray):
                return a
            made.append(CpuTensor.from_numpy(a.copy(), requires_grad=a.dtype.kind == "f"))
            return made[-1]

        args, kwargs = mapped((entry.call.args, entry.call.kwargs), tensor)
        try:
            with np.errstate(all="ignore"):
                found = leaves(entry.run(args, kwargs))
        except LightgradError:  # in place of a leaf
            continue
        roots = {id(views.root_of(t)) for t in made}
        for t in found:
            if isinstance(t, AbstractTensor) and t._origin is not None:
                hidden.update({entry.op} if id(views.root_of(t)) not in roots else ())
    assert hidden == set()


def test_hook_of_a_result_sees_its_changed_view(every_backend: Any) -> None:
    x = leaf([[1.0, 2.0], [4.0, 3.0]])
    seen: list[Any] = []
    largest = x.max(1)[0]
    view = largest[()]
    view[0] = 0.25
    largest.register_hook(lambda g: seen.append(g.tolist()))
    (view.sum() + largest.sum()).backward()
    assert seen == [[2.0, 2.0]]
    equal(x.grad, [[0.0, 0.0], [2.0, 0.0]])


def test_result_of_no_grad_becomes_part_of_a_history(every_backend: Any) -> None:
    x, w = leaf(np.arange(6.0).reshape(1, 1, 6)), leaf([2.0])
    with no_grad():
        pooled = x.avg_pool1d(2)
    pooled.mul_(w)
    pooled.sum().backward()
    equal(w.grad, [7.5])
