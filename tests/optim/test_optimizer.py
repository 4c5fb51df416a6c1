"""What all optimizers share: groups, checks, steps, versions, closures."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad import nn, optim
from lightgrad.autograd import CpuTensor, grad, is_grad_enabled
from lightgrad.errors import InplaceError, OptimizerError
from tests.optim.pairs import ALL, FULL, close, leaf, params, set_grads

# ------------------------------------------------------------- construction


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (list, "SGD: the list of parameters is empty"),
        (lambda: leaf(1), r"dicts, not a tensor of shape \(1,\); put it into a list"),
        (lambda: [].append, "dicts, not builtin_function_or_method; pass module.parameters()"),
        (lambda: 3, "must be an iterable of tensors or dicts, not 3"),
        (lambda: [leaf(1), np.ones(2)], "parameter 1 must be a tensor, not ndarray"),
        (lambda: [leaf(1) * leaf(2)], r"parameter 0 of shape \(1,\).* result of an operation"),
        (lambda: [leaf(1)] * 2, "appears twice"),
        (lambda: [{"lr": 1.0}], "must be a dict with the key 'params'"),
        (lambda: [{"params": [leaf(1)]}, leaf(2)], "must be a dict with the key 'params'"),
        (lambda: [{"params": []}], "a parameter group has no parameters"),
    ],
)
def test_parameters_that_cannot_be_optimized(make: Any, match: str) -> None:
    with pytest.raises(OptimizerError, match=match):
        optim.SGD(make(), lr=0.1)


def test_a_parameter_in_two_groups() -> None:
    p = leaf(1)
    optimizer = optim.SGD([p], lr=0.1)
    with pytest.raises(OptimizerError, match=r"shape \(1,\), dtype float32 appears twice"):
        optimizer.add_param_group({"params": p})
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("SGD", {"lr": -1}, "SGD: lr must not be negative, got -1"),
        ("SGD", {"lr": float("nan")}, "lr must be a finite number, got nan"),
        ("SGD", {"lr": "fast"}, "lr must be a finite number, got 'fast', a string"),
        ("SGD", {"momentum": -0.1}, "momentum must not be negative"),
        ("SGD", {"weight_decay": -0.1}, "weight_decay must not be negative"),
        ("SGD", {"nesterov": True}, "nesterov needs a momentum above 0 and no dampening"),
        ("Adam", {"lr": -1}, "Adam: lr must not be negative"),
        ("Adam", {"betas": (0.9, 1.0)}, r"betas must be two numbers .*got \(0.9, 1.0\)"),
        ("Adam", {"betas": 0.9}, "betas must be two numbers"),
        ("Adam", {"eps": -1e-8}, "eps must not be negative"),
        ("AdamW", {"weight_decay": -1}, "AdamW: weight_decay must not be negative"),
        ("RMSprop", {"alpha": -0.5}, "RMSprop: alpha must not be negative"),
        ("RMSprop", {"alpha": 1.5}, "RMSprop: alpha must be between 0 and 1"),
        ("Adagrad", {"lr_decay": -1}, "lr_decay must not be negative"),
        ("Adagrad", {"initial_accumulator_value": -1}, "initial_accumulator_value must not be"),
        ("Adadelta", {"rho": 1.5}, "Adadelta: rho must be between 0 and 1, got 1.5"),
        ("AdaBelief", {"eps": -1}, "AdaBelief: eps must not be negative"),
    ],
)
def test_options_that_make_no_sense(name: str, options: Any, match: str) -> None:
    with pytest.raises(OptimizerError, match=match):
        getattr(optim, name)([leaf(1)], **options)
    with pytest.raises(OptimizerError, match=match):  # in a group of its own, too
        getattr(optim, name)([{"params": [leaf(1)], **options}])


@pytest.mark.parametrize("name", [n for n in ALL if n != "AdaBelief"])
def test_repr_is_torchs(name: str) -> None:
    light, other = params()
    assert repr(getattr(optim, name)(light)) == repr(getattr(torch.optim, name)(other))


# ------------------------------------------------------------- steps


def test_the_learning_rate_can_change() -> None:
    light, other = params()
    ours, theirs = optim.Adam(light), torch.optim.Adam(other)
    for i, lr in enumerate([0.1, 0.01, 0.5]):
        ours.param_groups[0]["lr"] = theirs.param_groups[0]["lr"] = lr
        set_grads(light, other, i)
        ours.step()
        theirs.step()
    close(light, other, 1e-12)


def test_zero_grad_sets_none_or_zeros() -> None:
    p, q = leaf(1, 2), leaf(3)
    optimizer = optim.SGD([p, q], lr=1)
    p.grad = leaf(5, 6).detach()
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0, 0] and q.grad is None
    optimizer.zero_grad()
    assert p.grad is None


@pytest.mark.parametrize("name", ALL)
def test_parameters_without_gradient_are_skipped(name: str) -> None:
    p, q = leaf(1, 2), leaf(3, 4)
    optimizer = getattr(optim, name)([p, q], **FULL.get(name, {}), lr=0.5)
    p.grad = leaf(1, 1).detach()
    optimizer.step()
    assert q.tolist() == [3, 4] and not optimizer.state[q].get("step")
    assert p.tolist() != [1, 2]


def test_the_closure_is_run_with_gradients_and_its_loss_returned() -> None:
    p = leaf(3)
    optimizer = optim.SGD([p], lr=0.5)

    def closure() -> Any:
        assert is_grad_enabled()
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9
    assert p.item() == 0
    assert optimizer.step() is None


@pytest.mark.parametrize("name", ALL)
def test_the_step_is_in_place_and_leaves_a_leaf(name: str) -> None:
    p = leaf(1, 2)
    data, edge = p.data, p._edge
    optimizer = getattr(optim, name)([p], lr=0.5)
    p.grad = leaf(1, 1).detach()
    optimizer.step()
    assert p.data is data and p._edge is edge and p.is_leaf and p.requires_grad
    assert p.grad.tolist() == [1, 1]


@pytest.mark.parametrize("name", ALL)
def test_a_step_between_forward_and_backward_is_noticed(name: str) -> None:
    p = leaf(1, 2)
    optimizer = getattr(optim, name)([p], lr=0.5)
    loss = (p * p).sum()
    p.grad = leaf(1, 1).detach()
    optimizer.step()
    with pytest.raises(InplaceError, match=r"mul: a tensor .* was changed in place"):
        loss.backward()


def test_a_step_without_gradient_spoils_nothing() -> None:
    p = leaf(1, 2)
    optimizer = optim.Adam([p])
    loss = (p * p).sum()
    optimizer.step()
    loss.backward()
    assert p.grad.tolist() == [2, 4]


def test_gradients_with_a_graph_can_be_used() -> None:
    p = leaf(2)
    (p.grad,) = grad((p**3).sum(), p, create_graph=True)
    optimizer = optim.SGD([p], lr=0.5, momentum=0.9)
    optimizer.step()
    assert p.item() == 2 - 6 and not optimizer.state[p]["momentum_buffer"].requires_grad


@pytest.mark.parametrize("name", ALL)
def test_a_replaced_parameter_raises_and_nothing_moves(name: str) -> None:
    p, q = leaf(1), leaf(2)
    optimizer = getattr(optim, name)([p, q], lr=0.5)
    p.grad = q.grad = leaf(1).detach()
    module = nn.Module()
    module.q = q
    module.map_parameters(lambda p: p.copy())
    with pytest.raises(OptimizerError, match=f"{name}: .*build the optimizer after the move"):
        optimizer.step()
    assert p.tolist() == [1] and q.tolist() == [2]
    with pytest.raises(OptimizerError, match="build the optimizer after the move"):
        optim.SGD([q])


def test_a_frozen_parameter_that_was_replaced_raises() -> None:
    module = nn.Module()
    module.p, module.q = leaf(1), leaf(2)
    module.q.requires_grad_(False)
    optimizer = optim.SGD(module.parameters(), lr=0.5)
    old = module.q
    module.double()
    old.requires_grad_(True)
    with pytest.raises(OptimizerError, match="build the optimizer after the move"):
        optimizer.step()


@pytest.mark.parametrize("name", ALL)
def test_frozen_parameters_are_skipped_until_they_thaw(name: str, every_backend: Any) -> None:
    """Transfer learning as in torch: freeze, train the head, thaw, train all."""
    values = [np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([[2.0, -1.0]])]
    ours = [every_backend.from_numpy(v) for v in values]
    theirs = [torch.tensor(v, requires_grad=True) for v in values]
    options = {**FULL.get(name, {}), "lr": 0.05}
    optimizers = []
    for (body, head, last), module in ((ours, optim), (theirs, torch.optim)):
        body.requires_grad_(False)
        last.requires_grad_(False)
        make = getattr(module, name, None) or torch.optim.Adam  # torch has no AdaBelief
        groups = [{"params": [body, head]}, {"params": [last], "lr": 0.01}]
        optimizers.append(make(groups, **options))
    for step in range(4):
        if step == 2:
            ours[0].requires_grad_(True)
            theirs[0].requires_grad_(True)
        for (body, head, last), optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            ((body * head * last).sum() ** 2).backward()
            clip = optim if optimizer is optimizers[0] else torch.nn.utils
            clip.clip_grad_norm_([body, head, last], 5.0)
            optimizer.step()
        assert ours[2].grad is None and ours[2].tolist() == values[2].tolist()
        assert (ours[0].grad is None) is (step < 2)
        if step < 2:
            assert ours[0].tolist() == values[0].tolist() and not optimizers[0].state[ours[0]].get(
                "step"
            )
        if name != "AdaBelief":
            for p, t in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(p.numpy(), t.detach().numpy(), rtol=1e-9)
    assert ours[0].tolist() != values[0].tolist()


def test_all_frozen_is_no_mistake() -> None:
    p = leaf(1, 2).requires_grad_(False)
    optimizer = optim.SGD([p], lr=0.5)
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    assert p.tolist() == [1, 2] and optimizer.state_dict()["state"] == {}
    assert optim.clip_grad_norm_([p], 1.0).item() == 0
    p.grad = leaf(1, 1).detach()  # torch goes by the gradient, too
    optimizer.step()
    assert p.tolist() == [0.5, 1.5] and not p.requires_grad


def test_an_optimizer_dies_by_reference_count() -> None:
    p = leaf(1)
    optimizer = optim.Adam([p])
    p.grad = leaf(1).detach()
    optimizer.step()
    gone = weakref.ref(optimizer)
    gc.disable()
    try:
        del optimizer
        assert gone() is None
    finally:
        gc.enable()


def test_state_is_in_the_parameters_dtype() -> None:
    p = CpuTensor.ones((3,), "float64")
    p.grad = CpuTensor.ones((3,), "float64", requires_grad=False)
    optimizer = optim.Adam([p], amsgrad=True)
    optimizer.step()
    state = dict(optimizer.state[p])
    assert state.pop("step") == 1
    assert all(s.dtype == np.float64 and not s.requires_grad for s in state.values())


# ------------------------------------------------------------- a rule of one's own


class Lion(optim.Optimizer):
    """Reads the old state after it has assigned the new one: needs scratch memory."""

    slots = ("mean",)

    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.1})

    def numbers(self, group: Any, step: int) -> dict[str, float]:
        return {"lr": group["lr"], "half": 0.5, "keep": 0.75}

    @staticmethod
    def rule(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
        old, s.mean = s.mean, g
        return p - (old * c.half + g * c.keep) * c.lr


class Remember(Lion):
    """The state becomes the parameter as it was before the step."""

    @staticmethod
    def rule(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
        s.mean = p
        return p - g * c.lr


class Swap(Lion):
    slots = ("mean", "other")

    @staticmethod
    def rule(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
        s.mean, s.other = s.other, s.mean
        return p - g * c.lr


def test_old_values_are_read_before_they_are_replaced() -> None:
    p, mean, value = leaf(1, 2), np.zeros(2), np.array([1.0, 2.0])
    optimizer = Lion([p])
    for g in ([1.0, -1.0], [2.0, 0.5], [0.0, 3.0]):
        p.grad = leaf(*g).detach()
        optimizer.step()
        value, mean = value - 0.1 * (0.5 * mean + 0.75 * np.array(g)), np.array(g)
        np.testing.assert_allclose(p.numpy(), value, rtol=1e-6)
        np.testing.assert_array_equal(optimizer.state[p]["mean"].numpy(), mean)


def test_the_state_can_be_the_old_parameter() -> None:
    p = leaf(1, 2)
    optimizer = Remember([p])
    p.grad = leaf(1, 1).detach()
    optimizer.step()
    np.testing.assert_allclose(p.numpy(), [0.9, 1.9], rtol=1e-6)
    assert optimizer.state[p]["mean"].tolist() == [1, 2]


def test_an_exchange_is_refused_and_not_done_wrong() -> None:
    p = leaf(1)
    p.grad = leaf(1).detach()
    with pytest.raises(NotImplementedError, match="cannot exchange"):
        Swap([p]).step()
