"""L-BFGS goes the way that torch's goes, with and without its line search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad import optim
from lightgrad.errors import OptimizerError


def valley(x: Any) -> Any:
    """Rosenbrock's function of four variables."""
    return ((x[1:] - x[:-1] ** 2) ** 2).sum() * 100 + ((1 - x[:-1]) ** 2).sum()


def stepped(optimizer: Any, x: Any) -> float:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = valley(x)
        loss.backward()
        return loss

    return float(optimizer.step(closure).detach())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.5, "history_size": 2},
        {"max_iter": 7, "max_eval": 3},
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "history_size": 3, "max_iter": 7},
        {"line_search_fn": "strong_wolfe", "lr": 30.0, "max_iter": 5},
        {"line_search_fn": "strong_wolfe", "lr": 1e-4, "max_iter": 5},
    ],
    ids=str,
)
def test_the_same_way_as_torch(options: dict[str, Any]) -> None:
    start = np.array([-1.2, 1.0, 0.5, 0.7])
    x, y = light.tensor(start), torch.tensor(start, requires_grad=True)
    ours, theirs = optim.LBFGS([x], **options), torch.optim.LBFGS([y], **options)
    for _ in range(4):
        np.testing.assert_allclose(stepped(ours, x), stepped(theirs, y), rtol=1e-9)
        np.testing.assert_allclose(x.numpy(), y.detach().numpy(), rtol=1e-7)
        mine, their = ours.state[x], theirs.state[y]
        assert mine.keys() == their.keys()
        assert [mine[k] for k in ("func_evals", "n_iter")] == [their["func_evals"], their["n_iter"]]
    assert repr(ours) == repr(theirs)


def test_several_parameters_are_one_vector() -> None:
    a, b = light.tensor([[3.0], [1.0]]), light.tensor(-2.0)
    optimizer = optim.LBFGS([a, b], line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((a - 1) ** 2).sum() + (b - 4) ** 2 + (a.sum() - 2) ** 2
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(a.numpy(), [[1], [1]], atol=1e-4)
    np.testing.assert_allclose(b.numpy(), 4, atol=1e-4)


def test_training_goes_on_from_a_saved_state() -> None:
    x, twin = light.tensor([-1.2, 1.0]), light.tensor([0.0, 0.0])
    first, second = optim.LBFGS([x], max_iter=4), optim.LBFGS([twin])
    stepped(first, x)
    second.load_state_dict(first.state_dict())
    with light.no_grad():
        twin.copy_(x)
    assert stepped(first, x) == stepped(second, twin) and x.tolist() == twin.tolist()


def test_what_cannot_be() -> None:
    x = light.tensor([1.0])
    with pytest.raises(OptimizerError, match="LBFGS: step.closure. needs a function"):
        optim.LBFGS([x]).step()
    with pytest.raises(OptimizerError, match=r"parameter groups\): all parameters are one vector"):
        optim.LBFGS([{"params": [x]}, {"params": [light.tensor([1.0])]}])
    with pytest.raises(OptimizerError, match="line_search_fn must be None or 'strong_wolfe'"):
        optim.LBFGS([x], line_search_fn="armijo")
