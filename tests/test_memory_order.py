"""Results that lie in memory as convolutions leave them are shared by views like torch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd.tensor.views import laid_out, order_of
from lightgrad.nn import functional as F
from tests.backends import NAMES, backend
from tests.helpers import shares_memory

X = np.random.default_rng(0).standard_normal((4, 2, 5, 5))
W = np.random.default_rng(1).standard_normal((3, 2, 3, 3))


def both(device: str) -> Any:
    """The result of a convolution of ours and of torch's, and their weights."""
    cls = backend(device)
    x, w = cls.from_numpy(X, requires_grad=False), cls.from_numpy(W)
    tx, tw = torch.tensor(X), torch.tensor(W, requires_grad=True)
    return F.conv2d(x, w), torch.nn.functional.conv2d(tx, tw), w, tw


@pytest.mark.parametrize("device", NAMES)
@pytest.mark.parametrize("how", ["view", "reshape", "flatten"])
@pytest.mark.parametrize("before", ["plain", "relu"])
def test_a_change_of_the_view_reaches_the_whole(device: str, how: str, before: str) -> None:
    def program(y: Any) -> Any:
        y = y.relu() if before == "relu" else y
        flat = y.flatten(1) if how == "flatten" else getattr(y, how)(4, -1)
        flat.mul_(2)
        y[1] = 0.5
        return (y * y).sum() + flat.sum(), y, flat

    ours, theirs, w, tw = both(device)
    if before == "relu":  # its gradient needs the result, which has changed
        with pytest.raises(RuntimeError):
            program(theirs)[0].backward()
        with pytest.raises(RuntimeError, match="changed in place"):
            program(ours)[0].backward()
        return
    (loss, y, flat), (expected, ty, tflat) = program(ours), program(theirs)
    np.testing.assert_allclose(y.numpy(), ty.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(flat.numpy(), tflat.detach().numpy(), rtol=1e-12)
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(w.grad.numpy(), tw.grad.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("device", NAMES)
def test_a_copy_that_torch_makes_stays_one(device: str) -> None:
    image = np.arange(24.0).reshape(2, 4, 3)
    found = []
    for t in (backend(device).from_numpy(image, requires_grad=False), torch.tensor(image)):
        y = t.permute(2, 0, 1) * 1.0
        flat = y.reshape(3, -1)
        flat.mul_(2)
        found.append((y.numpy(), flat.numpy()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("order", [None, (1, 0), (0, 1)])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("device", NAMES)
def test_a_gradient_is_copied_once_into_another_order(
    device: str, transposed: bool, order: Any
) -> None:
    t = backend(device).from_numpy(X[0, 0], requires_grad=False)
    t = t.permute(1, 0) if transposed else t
    with light.ledger() as ledger:
        found = laid_out(t, order)
    in_order = transposed == (order == (1, 0))  # where `contiguous` makes no copy
    assert sum(row.count for row in ledger.rows if row.op == "clone") == in_order
    np.testing.assert_array_equal(found.numpy(), t.numpy())
    assert order_of(found) == (order if order == (1, 0) else None)
    assert not shares_memory(found, t)
