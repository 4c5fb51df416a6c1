"""Hooks of modules, each program run with torch and with lightgrad: the same calls and numbers."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn.hooks as every
from lightgrad.errors import DtypeError

torch_every = torch.nn.modules.module


def both(program: Any) -> None:
    """Run a program with each library; what it returns must be the same."""
    mine = program(light.nn, lambda x: light.tensor(x), every)
    theirs = program(torch.nn, lambda x: torch.tensor(x, requires_grad=True), torch_every)
    assert plain(mine) == plain(theirs)


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


def scale(lib: Any) -> Any:
    class Scale(lib.Module):
        def forward(self, x, y=None, times=2.0):
            return x * times if y is None else (x * times, y * x)

    return Scale()


X = [1.0, 2.0, -3.0]


def test_order_and_arguments_of_forward_hooks() -> None:
    def program(lib, tensor, _):
        f, seen = scale(lib), []
        f.register_forward_pre_hook(lambda m, args: seen.append("pre"))
        f.register_forward_pre_hook(lambda m, args: seen.append("first"), prepend=True)
        f.register_forward_pre_hook(
            lambda m, args, kwargs: (args, {**kwargs, "times": 5.0}), with_kwargs=True
        )
        f.register_forward_hook(lambda m, args, out: seen.append(plain(out)))
        f.register_forward_hook(lambda m, args, out: out + 1, prepend=True)
        handle = f.register_forward_hook(
            lambda m, args, kwargs, out: seen.append(kwargs), with_kwargs=True
        )
        out = [f(tensor(X)), f(tensor(X), times=3.0)]
        handle.remove()
        return [*out, f(tensor(X)), seen, len(f._forward_hooks), len(f._forward_pre_hooks)]

    both(program)


def test_a_hook_that_is_always_called() -> None:
    def program(lib, tensor, _):
        class Failing(lib.Module):
            def forward(self, x):
                raise ValueError("could not")

        f, seen = Failing(), []
        f.register_forward_hook(lambda m, args, out: seen.append("usual"))
        f.register_forward_hook(lambda m, args, out: seen.append(out), always_call=True)
        with pytest.raises(ValueError, match="could not"):
            f(tensor(X))
        return seen

    both(program)


def test_backward_hooks() -> None:
    def program(lib, tensor, _):
        seen = []
        net = lib.Sequential(scale(lib), lib.ReLU(), scale(lib))
        for i, f in enumerate(net):
            f.register_full_backward_hook(
                lambda m, below, above, i=i: seen.append((i, plain(below), plain(above)))
            )
            f.register_full_backward_pre_hook(lambda m, above, i=i: seen.append((i, plain(above))))
        x = tensor(X)
        net(x).sum().backward()
        return seen, x.grad

    both(program)


def test_backward_hooks_that_change_gradients() -> None:
    def program(lib, tensor, _):
        f = scale(lib)
        f.register_full_backward_pre_hook(lambda m, above: (above[0] * 10, above[1]))
        f.register_full_backward_hook(lambda m, below, above: (below[0] + 1, above[0]))
        x, y = tensor(X), tensor([4.0, 5.0, 6.0])
        a, b = f(x, y)
        (a.sum() + (b * b).sum()).backward()
        return x.grad, y.grad

    def several(lib, tensor, _):
        f, seen = scale(lib), []
        f.register_full_backward_hook(lambda m, below, above: seen.append(plain([below, above])))
        x = tensor(X)
        f(x * 2, x, times=3.0)[0].sum().backward()
        return x.grad, seen

    both(program)
    both(several)


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")  # torch's
def test_backward_hook_of_a_module_whose_input_has_no_gradient() -> None:
    def program(lib, tensor, _):
        f, seen = lib.Linear(3, 1), []
        f.register_full_backward_hook(lambda m, below, above: seen.append(plain([below, above])))
        f(tensor(X).detach()).sum().backward()
        return seen, f.weight.grad

    both(program)


def test_hooks_of_all_modules() -> None:
    def program(lib, tensor, every):
        seen = []
        handles = [
            every.register_module_forward_pre_hook(
                lambda m, args: seen.append(["pre", m._get_name()])
            ),
            every.register_module_forward_hook(lambda m, args, out: out * 2),
            every.register_module_full_backward_hook(lambda m, i, o: seen.append(plain([i, o]))),
        ]
        x = tensor(X)
        out = scale(lib)(x)
        out.sum().backward()
        for handle in handles:
            handle.remove()
        return out, x.grad, seen, scale(lib)(x)

    both(program)
    assert not every.GLOBAL


def test_hooks_are_copied() -> None:
    f = light.nn.ReLU()
    f.register_full_backward_hook(double)
    for twin in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        x = light.ones(2)
        twin(x).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [2.0, 2.0])
        twin._backward_hooks.clear()
    assert len(f._backward_hooks) == 1


def double(module: Any, below: Any, above: Any) -> Any:
    return (below[0] * 2,)


def test_errors() -> None:
    f = light.nn.Identity()
    with pytest.raises(DtypeError, match="hook must be callable, not 3"):
        f.register_full_backward_hook(3)
    f.register_full_backward_hook(lambda m, below, above: (None, None))
    with pytest.raises(DtypeError, match="must return None or 1 gradients, not 2"):
        f(light.ones(2)).sum().backward()
    g = light.nn.Identity()
    g.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(DtypeError, match="must return None or \\(args, kwargs\\)"):
        g(light.ones(2))
