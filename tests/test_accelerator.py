"""A new accelerator, as a user writes one: see new_accelerator.py."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import Function, no_grad
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import (
    HigherOrderError,
    HostFallbackWarning,
    MissingOpError,
    RegistrationError,
)
from tests.new_accelerator import NewTensor, main

A = np.array([[1.0, 2.0, 3.0], [0.5, 1.5, 2.5]], np.float32)
B = np.array([[2.0, 0.5, 1.0], [1.0, 4.0, 3.0]], np.float32)
ROW = np.array([1.0, 2.0, 4.0], np.float32)


def against_torch(program: Any, *arrays: np.ndarray, rtol: float = 1e-5) -> None:
    """Value and gradients of a program on the new device and in torch."""
    ours = [NewTensor.from_numpy(a) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, z = program(*ours), program(*theirs)
    assert type(y) is NewTensor
    np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=rtol)
    y.backward(allow_fill=True)
    z.backward(torch.ones_like(z))
    for t, u in zip(ours, theirs, strict=True):
        assert type(t.grad) is NewTensor and t.grad.shape == t.shape and t.grad.dtype == t.dtype
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=rtol, atol=1e-6)


OPERATORS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "all": lambda a, b: -(a * b - a) / (b + a) + a**2 * b,
    "numbers": lambda a, b: (a + 1) * 2.5 - b / 2 - 3 + b**3,
    "reflected": lambda a, b: 2 + (3 * a) + (1 - b) + 2 / a + 4.5 * b,
    "same": lambda a, b: a * a + b + b,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_with_five_ops(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing of this needs the host
        against_torch(OPERATORS[name], A, B)


@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_broadcasting_gradients() -> None:
    against_torch(lambda a, b: a * b + b, A, ROW)


def test_step_by_hand() -> None:
    a = NewTensor.from_numpy(A)
    same = a
    (a * a).backward(allow_fill=True)
    with no_grad():
        a -= 0.25 * a.grad
    assert a is same and a.is_leaf and a.requires_grad
    np.testing.assert_allclose(a.numpy(), A / 2)
    np.testing.assert_allclose(a.grad.numpy(), 2 * A)
    a.zero_grad()
    assert a.grad is None
    (a * 3).backward(allow_fill=True)
    np.testing.assert_allclose(a.grad.numpy(), np.full_like(A, 3))


@pytest.mark.parametrize(
    "settings", [{}, {"momentum": 0.9}, {"weight_decay": 0.1, "nesterov": True, "momentum": 0.5}]
)
def test_sgd(settings: dict[str, Any]) -> None:
    a, p = NewTensor.from_numpy(A), torch.tensor(A, requires_grad=True)
    ours = light.optim.SGD([a], lr=0.1, **settings)
    theirs = torch.optim.SGD([p], lr=0.1, **settings)
    for _ in range(4):
        ours.zero_grad()
        theirs.zero_grad()
        ((a * a - 2) ** 2).backward(allow_fill=True)
        ((p * p - 2) ** 2).sum().backward()
        ours.step()
        theirs.step()
    np.testing.assert_allclose(a.numpy(), p.detach().numpy(), rtol=1e-5)


def test_the_script_itself(capsys: Any) -> None:
    main()
    assert "last" in capsys.readouterr().out


def test_script_in_a_process_of_its_own() -> None:
    """The class lives in ``__main__`` there."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "error", str(root / "tests" / "new_accelerator.py")],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, last = (float(line.split()[1]) for line in done.stdout.splitlines())
    assert last < 0.1 * first


def test_script_that_registers_and_pickles_in_main(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        Path(__file__)
        .with_name("new_accelerator.py")
        .read_text()
        .replace(
            "    main()\n",
            "    import pickle\n"
            '    light.register_backend("mine", NewTensor)\n'
            "    t = light.ones(2, 3).mine().detach().requires_grad_()\n"
            "    u = pickle.loads(pickle.dumps(t))\n"
            "    print(type(u).__name__, u.device, u.requires_grad, u.numpy().sum())\n",
        )
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.stdout.split() == ["NewTensor", "mine", "True", "6.0"], done.stderr


# ----------------------------------------------------------------- what is not registered

FALLBACKS = {
    "exp": lambda t: t.exp(),
    "tanh": lambda t: t.tanh(),
    "sum": lambda t: t.sum(),
    "sum_dim": lambda t: t.sum(1),
    "mean": lambda t: t.mean(),
    "relu": lambda t: (t - 1).relu(),
    "reshape": lambda t: t.reshape(3, 2) * 2,
    "permute": lambda t: t.permute(1, 0) * 2,
    "matmul": lambda t: t @ t.T,
    "softmax": lambda t: t.softmax(-1) * t,
    "index": lambda t: t[0, 1:] * 3,
    "max": lambda t: t.amax(1),
    "sigmoid": lambda t: t.sigmoid(),
}


@pytest.mark.parametrize("name", FALLBACKS)
@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_missing_ops_run_on_the_host(name: str) -> None:
    before = sum(fallback.host_calls.values())
    against_torch(FALLBACKS[name], A)
    assert sum(fallback.host_calls.values()) > before


def test_host_fallback_warns_once_and_counts() -> None:
    class Fresh(NewTensor):
        pass

    t = Fresh.from_numpy(A)
    t.__class__ = Fresh
    with pytest.warns(HostFallbackWarning, match=r"cosh: Fresh has no kernel.*@Fresh.register_op"):
        t.cosh()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        t.cosh()
    assert fallback.host_calls["Fresh", "cosh"] == 2


@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_several_outputs_from_the_host() -> None:
    t = NewTensor.from_numpy(A)
    values, indices = t.sort(-1, True)
    np.testing.assert_array_equal(values.numpy(), -np.sort(-A, -1))
    np.testing.assert_array_equal(indices.numpy(), np.argsort(-A, -1))
    assert type(values) is NewTensor and type(indices) is NewTensor
    (values * values).sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), 2 * A)


class Locked(AbstractTensor):
    """A device whose memory cannot be read: there is nothing to fall back to."""

    dtype, shape = np.dtype(np.float32), (2,)


def test_missing_op_without_a_way_out() -> None:
    t = Locked([1.0, 2.0])
    text = r"exp: .*Locked.*cannot be copied.*numpy.*register_op"
    with pytest.warns(HostFallbackWarning), pytest.raises(MissingOpError, match=text):
        t.exp()
    with pytest.raises(MissingOpError, match=r"no attribute or op 'frobnicate'.*shape \(2,\)"):
        t.frobnicate()
    assert not hasattr(t, "frobnicate")
    with pytest.raises(NotImplementedError, match="Locked must define numpy"):
        t.numpy()


def test_misspelt_op_is_guessed() -> None:
    with pytest.raises(MissingOpError, match="did you mean 'sigmoid'"):
        NewTensor.from_numpy(A).sigmoit()


def test_constructor_that_forgets_the_base() -> None:
    class Forgetful(NewTensor):
        def __init__(self, data: Any):
            self.data = data

    with pytest.raises(AttributeError, match="call AbstractTensor.__init__"):
        Forgetful([1.0]) + 1


# ----------------------------------------------------------------- registration


def test_register_op_twice() -> None:
    class Own(NewTensor):
        pass

    class halve(Function):
        def forward(ctx, t: Any) -> Any:
            return NewTensor(t.data.map(lambda v: v / 2))

    class third(Function):
        def forward(ctx, t: Any) -> Any:
            return NewTensor(t.data.map(lambda v: v / 3))

    Own.register_op(name="part")(halve)
    with pytest.raises(RegistrationError, match="Own: the op name 'part'.*overwrite=True"):
        Own.register_op(name="part")(third)
    t = Own.from_numpy(np.array([6.0], np.float32))
    t.__class__ = Own
    assert t.part().item() == 3.0
    Own.register_op(name="part", overwrite=True)(third)
    assert t.part().item() == 2.0


def test_register_what_cannot_be_registered() -> None:
    with pytest.raises(RegistrationError, match="'backward' is part of every tensor"):
        NewTensor.register_op(name="backward")(Function)
    with pytest.raises(RegistrationError, match="needs a forward"):
        NewTensor.register_op(name="nothing")(type("nothing", (Function,), {}))
    with pytest.raises(RegistrationError, match="subclass of Function"):
        NewTensor.register_op(name="number")(int)
    with pytest.raises(RegistrationError, match="op name"):
        NewTensor.register_op(name="no name")(Function)


def test_plain_function_as_op() -> None:
    class Own(NewTensor):
        pass

    @Own.register_op()
    def cube(t: Any) -> Any:
        return t * t * t

    t = Own.from_numpy(A)
    t.__class__ = Own
    y = t.cube()
    y.backward(allow_fill=True)
    np.testing.assert_allclose(t.grad.numpy(), 3 * A**2, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_readme_op_that_saves_raw_data() -> None:
    class Own(NewTensor):
        pass

    @Own.register_op(name="exp")
    class exp(Function):
        def forward(ctx, t: Any) -> Any:
            raw_y_data = t.data.map(lambda v: float(np.exp(v)))
            ctx.save_for_backward(raw_y_data)
            return NewTensor(raw_y_data)

        def backward(ctx, out_grad: Any) -> Any:
            (raw_y_data,) = ctx.get_saved_tensors()
            return NewTensor(out_grad.data.zip(raw_y_data, lambda g, y: g * y))

    t = Own.from_numpy(A)
    t.__class__ = Own
    y = t.exp()
    y.backward(allow_fill=True)
    np.testing.assert_allclose(t.grad.numpy(), np.exp(A), rtol=1e-6)
    t.zero_grad()
    t.exp().backward(allow_fill=True, create_graph=True)
    with pytest.raises(HigherOrderError, match="exp: .*first order only"):
        t.grad.backward(allow_fill=True)
