"""torch.func and torch.vmap against PyTorch's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as real

import lightgrad.torch as ours

LIBRARIES = (real, ours)


def both(compute: Any) -> None:
    """``compute(torch)`` gives the same nest of tensors in either library."""
    theirs, found = (_numbers(compute(torch)) for torch in LIBRARIES)
    assert len(theirs) == len(found)
    for a, b in zip(theirs, found, strict=True):
        np.testing.assert_allclose(b, a, rtol=2e-5, atol=1e-6)


def _numbers(out: Any) -> list[Any]:
    if isinstance(out, dict):
        out = list(out.values())
    if isinstance(out, (tuple, list)):
        return [number for part in out for number in _numbers(part)]
    return [np.array(out.tolist())]


def wave(torch: Any, *shape: int) -> Any:
    n = int(np.prod(shape))
    return torch.arange(float(n)).reshape(shape).mul(0.37).sin()


def test_axes_nests_and_chunks() -> None:
    def compute(torch: Any) -> Any:
        x, vmap = wave(torch, 4, 3), torch.vmap
        return (
            vmap(torch.sum)(x),
            vmap(lambda a, b: a @ b, (0, None))(x, x.T),
            vmap(lambda a: a * 2, 1, 1)(x),
            vmap(lambda d: (d["a"].sum(), {"b": d["a"]}), out_dims=(0, 1))({"a": x}),
            vmap(lambda a: a + 1, chunk_size=3)(x),
            vmap(vmap(lambda a, b: a * b, (0, None)), (0, 0))(x, x),
            vmap(lambda a: vmap(lambda b: (a * b).sum())(x))(x),
            vmap(lambda a: torch.ones(2))(x),
        )

    both(compute)


@pytest.mark.parametrize("convolution", [True, False])
def test_gradients_of_each_sample(convolution: bool) -> None:
    def compute(torch: Any) -> Any:
        nn, func = torch.nn, torch.func
        torch.manual_seed(0)
        if convolution:
            layers = nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
            model = nn.Sequential(*layers, nn.LayerNorm(12), nn.Linear(12, 3))
            x = wave(torch, 5, 1, 4, 4)
        else:
            model, x = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)), wave(torch, 5, 4)
        weights = {name: p.detach() for name, p in model.named_parameters()}

        def loss(weights: Any, x: Any, y: Any) -> Any:
            out = func.functional_call(model, weights, (x.unsqueeze(0),))
            return nn.functional.cross_entropy(out, y.unsqueeze(0))

        y = torch.tensor([0, 1, 2, 0, 1])
        return func.vmap(func.grad_and_value(loss), (None, 0, 0))(weights, x, y)

    both(compute)


def test_an_ensemble() -> None:
    def compute(torch: Any) -> Any:
        torch.manual_seed(0)
        models = [torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU()) for _ in range(3)]
        params, buffers = torch.func.stack_module_state(models)
        assert not buffers and params["0.weight"].requires_grad

        def run(params: Any, x: Any) -> Any:
            return torch.func.functional_call(models[0], params, (x,))

        x = wave(torch, 3, 5, 3)
        return torch.vmap(run, (0, None))(params, x[0]), torch.vmap(run)(params, x)

    both(compute)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # PyTorch's own
def test_derivatives_of_functions() -> None:
    def compute(torch: Any) -> Any:
        func, x = torch.func, wave(torch, 3)
        f = lambda x: (x**3).sin()  # noqa: E731
        value, pull = func.vjp(f, x)
        _, slope = func.linearize(f, x)
        basis = torch.eye(3)
        leaf = wave(torch, 3).requires_grad_()
        second = torch.autograd.grad(func.grad(lambda x: f(x).sum())(leaf).sum(), leaf)
        return (
            *(value, pull(x), torch.vmap(pull)(basis), slope(x), second),
            *(func.jacrev(f)(x), func.jacfwd(f)(x), func.hessian(lambda x: f(x).sum())(x)),
            *(torch.vmap(func.jacrev(f))(wave(torch, 2, 3)), func.jvp(f, (x,), (x,))),
            torch.vmap(lambda t: func.jvp(f, (x,), (t,))[1])(basis),
            torch.vmap(func.hessian(lambda x: f(x).sum()))(wave(torch, 2, 3)),
            torch.autograd.grad(f(leaf), leaf, basis, is_grads_batched=True),
            func.vjp(lambda x: (x * 2, x.sum()), x, has_aux=True)[2],
            func.grad(lambda w: torch.vmap(lambda a: (w * a).sum() ** 2)(basis).sum())(x),
        )

    both(compute)


def test_random_numbers_and_values_of_samples() -> None:
    x = ours.zeros(3)
    draw = lambda a: ours.rand(4) + a  # noqa: E731
    with pytest.raises(RuntimeError, match="randomness error mode"):
        ours.vmap(draw)(x)
    same = ours.vmap(draw, randomness="same")(x)
    different = ours.vmap(draw, randomness="different")(x)
    assert ours.equal(same[0], same[1]) and not ours.equal(different[0], different[1])
    drop = lambda a: ours.nn.functional.dropout(a, 0.5)  # noqa: E731
    kept = ours.vmap(drop, randomness="different")(ours.ones(2, 64))
    assert not ours.equal(kept[0], kept[1])
    for look in (lambda a: a.item(), lambda a: a if a > 0 else -a):
        with pytest.raises(RuntimeError, match="stands for 3 samples"):
            ours.vmap(look)(x)
    counts = ours.zeros(())
    with pytest.raises(RuntimeError, match="the same for all"):
        ours.vmap(counts.add_)(x)


def test_mistakes() -> None:
    x = ours.zeros(3, 2)
    for call, text in (
        (lambda: ours.vmap(ours.sum, 5)(x), "in_dims has 5 for a tensor of shape"),
        (lambda: ours.vmap(ours.add)(x, ours.zeros(2)), "same number of samples"),
        (lambda: ours.vmap(ours.sum, None)(x), "in_dims"),
        (lambda: ours.vmap(lambda a: 3)(x), "must return tensors only"),
        (lambda: ours.vmap(ours.sum, randomness="often")(x), "randomness must be"),
        (lambda: ours.vmap(ours.sum)(ours.zeros(0, 2)), "no samples"),
    ):
        with pytest.raises(ValueError, match=text):
            call()


def test_what_has_no_rule_runs_for_each_sample_with_a_warning() -> None:
    class Twice(ours.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 5

    x = ours.ones(3, 2, requires_grad=True)
    with pytest.warns(UserWarning, match="vmap: Twice has no rule.*once for each of 3"):
        y = ours.vmap(Twice.apply)(x)
    y.sum().backward()
    assert y.tolist() == [[2, 2]] * 3 and x.grad.tolist() == [[5, 5]] * 3
