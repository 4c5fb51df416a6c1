"""State dicts of optimizers: training goes on, and what does not fit is named."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from lightgrad import nn, optim
from lightgrad.autograd import CpuTensor
from lightgrad.errors import OptimizerError, StateDictError
from tests.optim.pairs import ALL, FULL, leaf, params, set_grads


@pytest.mark.parametrize("name", ALL)
def test_training_goes_on_from_a_saved_state(name: str) -> None:
    light, other = params()
    options = FULL.get(name, {})
    first = getattr(optim, name)(light, lr=0.02, **options)
    for i in range(3):
        set_grads(light, other, i)
        first.step()
    saved = pickle.loads(pickle.dumps(first.state_dict()))
    twins = [p.copy() for p in light]
    second = getattr(optim, name)(twins, lr=1.0)
    second.load_state_dict(saved)
    assert second.param_groups[0]["lr"] == 0.02
    for i in range(3, 6):
        set_grads(light, other, i)
        for p, twin in zip(light, twins, strict=True):
            twin.grad = p.grad
        first.step()
        second.step()
    for p, twin in zip(light, twins, strict=True):
        np.testing.assert_array_equal(p.numpy(), twin.numpy())


def test_loaded_tensors_are_copies_in_the_parameters_dtype() -> None:
    p, q = leaf(1, 2), CpuTensor.ones((2,), "float64")
    first, second = optim.SGD([p], momentum=0.9), optim.SGD([q], momentum=0.9)
    p.grad = leaf(1, 1).detach()
    first.step()
    second.load_state_dict(first.state_dict())
    p.grad = leaf(5, 5).detach()
    first.step()
    loaded = second.state[q]["momentum_buffer"]
    assert loaded.tolist() == [1, 1] and loaded.dtype == np.float64


def test_plain_sgd_has_no_state() -> None:
    p = leaf(1)
    p.grad = leaf(1).detach()
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.step()
    assert optimizer.state_dict()["state"] == {}


def _saved(**changes: Any) -> Any:
    p = leaf(1, 2)
    p.grad = leaf(1, 1).detach()
    optimizer = optim.Adam([p])
    optimizer.step()
    return {**optimizer.state_dict(), **changes}


def _with_entry(key: str, value: Any) -> Any:
    saved = _saved()
    saved["state"][0][key] = value
    return saved


def _with_option(key: str, value: Any) -> Any:
    (group,) = _saved()["param_groups"]
    return _saved(param_groups=[{**group, key: value}])


@pytest.mark.parametrize(
    ("state", "match"),
    [
        (lambda: {"state": {}}, "Adam: the state dict has no key 'param_groups'"),
        (lambda: 3, "has no key 'state'"),
        (lambda: _saved(param_groups=[]), "has 0 parameter groups, the optimizer 1"),
        (
            lambda: _saved(param_groups=[{"params": [0, 1]}]),
            "group 0 has 2 parameters in the state dict and 1 in the optimizer",
        ),
        (
            lambda: optim.SGD([leaf(1, 2)]).state_dict(),
            "lacks the options betas, eps; it is from another kind",
        ),
        (lambda: _saved(state={4: {}}), "state for parameter 4, which no group holds"),
        (lambda: _with_entry("sum", leaf(1, 2)), "entry 'sum', which this optimizer does not keep"),
        (
            lambda: _with_entry("exp_avg", leaf(1)),
            r"exp_avg of parameter 0 has shape \(1,\) in the state dict, but .* shape \(2,\)",
        ),
        (lambda: _saved(state=[1]), "'state' of the state dict must be a dict, not list"),
        (lambda: _saved(state={0: 3}), "0 of the state dict must be a dict, not int"),
        (lambda: _saved(state={0: {"step": 1}}), "parameter 0 lacks exp_avg, exp_avg_sq"),
        (lambda: _with_entry("step", "x"), "step of parameter 0 must be a number, not 'x'"),
        (lambda: _saved(param_groups=3), "'param_groups' of the state dict must be a list"),
        (lambda: _saved(param_groups=[3]), "group 0 of the state dict must be a dict whose 'par"),
        (lambda: _saved(param_groups=[{}]), "group 0 of the state dict must be a dict whose 'par"),
        (lambda: _with_option("params", [[0]]), "lists the positions of its parameters"),
        (lambda: _with_option("lr", "fast"), r"lr must be .* got 'fast', a string \(parameter gr"),
        (lambda: _with_option("betas", 3), "betas must be two numbers .* got 3"),
    ],
)
def test_a_state_dict_that_does_not_fit(state: Any, match: str) -> None:
    p = leaf(1, 2)
    optimizer = optim.Adam([p], lr=0.5)
    with pytest.raises(StateDictError, match=match):
        optimizer.load_state_dict(state())
    assert optimizer.param_groups[0]["lr"] == 0.5 and not optimizer.state


def test_a_position_twice_in_a_state_dict() -> None:
    optimizer = optim.SGD([leaf(1), leaf(2)], lr=0.5)
    (group,) = optimizer.state_dict()["param_groups"]
    with pytest.raises(StateDictError, match=r"a position that occurs twice, in \[1, 1\]"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{**group, "params": [1, 1]}]})


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_of_an_optimizer_hold_copies_of_the_parameters(duplicate: Any) -> None:
    p = leaf(1, 2)
    p.grad = leaf(1, 1).detach()
    optimizer = optim.Adam([p], lr=0.5)
    optimizer.step()
    twin = duplicate(optimizer)
    (q,) = twin.param_groups[0]["params"]
    assert q is not p and q.tolist() == p.tolist()
    assert twin.state[q]["step"] == 1
    q.grad = p.grad = leaf(2, -1).detach()
    optimizer.step()
    twin.step()
    assert q.tolist() == p.tolist() and twin.state[q]["step"] == 2


def test_a_module_that_moved_needs_a_new_optimizer() -> None:
    module = nn.Module()
    module.a = leaf(3, 4)
    optimizer = optim.SGD(module.parameters(), lr=0.1)
    module.map_parameters(lambda p: p.copy())
    (module.a * module.a).sum().backward()
    with pytest.raises(OptimizerError, match="build the optimizer after the move"):
        optimizer.step()
    assert module.a.tolist() == [3, 4]
    optim.SGD(module.parameters(), lr=0.25).step()
    assert module.a.tolist() == [1.5, 2]
