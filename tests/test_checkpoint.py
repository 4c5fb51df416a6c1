"""Checkpoints: results, gradients and random numbers are those without them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.torch as light_torch
from lightgrad.autograd.utils.checkpoint import checkpoint, checkpoint_sequential
from lightgrad.errors import ArgumentError, BackwardError

X = np.random.default_rng(0).standard_normal((3, 4))


def net() -> light.nn.Module:
    light.manual_seed(0)
    layers = [light.nn.Linear(4, 4), light.nn.Dropout(0.5), light.nn.Tanh(), light.nn.Linear(4, 2)]
    return light.nn.Sequential(*layers).double()


def gradients(call) -> list[np.ndarray]:
    model, x = net(), light.tensor(X)
    light.manual_seed(1)
    y = call(model, x * 2)
    after = light.rand(2)
    (y * y).sum().backward()
    drawn = light.rand(2)
    return [a.numpy() for a in (y, after, drawn, x.grad, *(p.grad for p in model.parameters()))]


@pytest.mark.parametrize(
    "call",
    [
        checkpoint,
        lambda model, x: checkpoint(model, x, use_reentrant=False),
        lambda model, x: checkpoint(lambda: model(x)),
        lambda model, x: checkpoint(lambda d: model(d["x"][0]), {"x": [x, 3]}),
        lambda model, x: checkpoint(lambda x: (model(x), 5), x=x)[0],
        lambda model, x: checkpoint_sequential(model, 2, x),
        lambda model, x: checkpoint_sequential(model, 4, x),
        lambda model, x: checkpoint(lambda x: checkpoint(model, x), x),
    ],
)
def test_everything_is_as_without(call) -> None:
    for a, b in zip(gradients(lambda model, x: model(x)), gradients(call), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_second_derivatives() -> None:
    def second(call) -> list[np.ndarray]:
        x, w = light.tensor(X), light.tensor(X[::-1].copy())
        h = x * w  # the weight is used outside too
        y = call(lambda h: (h * w).sin() * h, h)
        first = light.autograd.grad((y * y).sum(), (x, w), create_graph=True)
        return [
            g.numpy() for g in (*first, *light.autograd.grad((first[0] * first[1]).sum(), (x, w)))
        ]

    for a, b in zip(second(lambda f, h: f(h)), second(checkpoint), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_several_results_of_which_one_is_used() -> None:
    x, w = light.tensor(X), light.tensor(2.0)
    first, second, number = checkpoint(lambda x: (x * w, x.exp() * w, 7), x)
    second.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp(X))
    assert number == 7 and w.grad.item() == pytest.approx(np.exp(X).sum())
    assert first.requires_grad


def test_without_gradients() -> None:
    x = light.tensor(X, requires_grad=False)
    assert not checkpoint(lambda x: x * 2, x).requires_grad
    with light.no_grad():
        assert not checkpoint(net(), light.tensor(X)).requires_grad


def test_intermediate_results_are_not_kept() -> None:
    calls = []

    class Watched(light.autograd.Function):
        def forward(ctx, x):
            calls.append("forward")
            ctx.save_for_backward(x)
            return x * x

        def backward(ctx, grad):
            calls.append("backward")
            return grad * 2 * ctx.saved_tensors[0]

    x = light.tensor(3.0)
    y = checkpoint(Watched.apply, x)
    assert calls == ["forward"] and type(y._edge).__name__ != "Watched"
    y.backward()
    assert calls == ["forward", "forward", "backward"] and x.grad.item() == 6.0


def test_errors() -> None:
    with pytest.raises(ArgumentError, match="5 segments of 4 functions"):
        checkpoint_sequential(net(), 5, light.tensor(X))
    x = light.tensor(X)
    a = x * 2
    b = a * 3
    with pytest.raises(BackwardError, match="pass them as arguments"):
        checkpoint(lambda: a * b)
    answers = iter([lambda x: x * 2, lambda x: x.detach()])
    y = checkpoint(lambda x: next(answers)(x), x)
    with pytest.raises(BackwardError, match="must do the same both times"):
        y.sum().backward()


def test_in_torch_mode_dropout_is_torchs() -> None:
    results = []
    for lib in (light_torch, torch):
        lib.manual_seed(0)
        model = lib.nn.Sequential(lib.nn.Linear(4, 40), lib.nn.Dropout(0.5), lib.nn.Linear(40, 2))
        x = lib.tensor(X.astype(np.float32), requires_grad=True)
        y = lib.utils.checkpoint.checkpoint(model, x, use_reentrant=False)
        y.sum().backward()
        results.append([y.detach().numpy(), x.grad.numpy(), lib.rand(3).numpy()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
