"""The public face: names, the functional forms, and what importing costs."""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import namespace
from lightgrad.errors import DtypeError, ShapeError


def test_all_names_exist_once() -> None:
    assert len(set(light.__all__)) == len(light.__all__) > 290
    assert {"exp", "Tensor", "float", "backends", "nn", "save", "errors"} <= set(light.__all__)
    assert not {"hints", "names", "function", "view", "cast", "annotations"} & set(light.__all__)
    for name in light.__all__:
        assert getattr(light, name) is not None
        assert name in dir(light)


@pytest.mark.parametrize("name", ["", ".nn", ".nn.functional", ".optim", ".data", ".autograd"])
def test_all_of_a_module_is_imported_by_a_star(name: str) -> None:
    found: dict[str, Any] = {}
    exec(f"from lightgrad{name} import *", found)
    found.pop("__builtins__")
    module = import_module(f"lightgrad{name}")
    assert sorted(found) == sorted(module.__all__)
    helpers = {"lookup", "public", "missing", "wraps", "Any", "TYPE_CHECKING", "AbstractTensor"}
    assert not helpers & set(module.__all__) - {"AbstractTensor"}


def test_an_op_of_a_user_is_a_function_too() -> None:
    @light.AbstractTensor.register_op()
    def twice_as_much(t: Any) -> Any:
        """Two times ``t``."""
        return t + t

    try:
        assert light.twice_as_much(light.ones(1)).item() == 2
        assert "twice_as_much" not in light.__all__
    finally:
        del light.AbstractTensor.twice_as_much, light.AbstractTensor._ops["twice_as_much"]
        vars(light).pop("twice_as_much", None), namespace._MADE.pop("twice_as_much", None)


def test_excluded_ops_are_still_registered() -> None:
    gone = (light.AbstractTensor._internal | namespace.METHODS) - set(light.AbstractTensor._ops)
    assert not gone


#: what a tensor has beside ops and their forms in place
_OTHERWISE = """
    H T mH mT backward bool byte char copy cpu data detach device dim double dtype float grad
    grad_fn half imag int is_leaf item long name ndim numel numpy opencl real register_hook
    register_post_accumulate_grad_hook requires_grad retain_grad
    shape short size to to_numpy tolist type_as zero_grad
"""
OTHERWISE = set(_OTHERWISE.split())
#: in-place forms of what is no op
FORMS = {"copy", "detach", "index_put", "normal", "random", "requires_grad", "resize", "uniform"}
FORMS |= {"cauchy", "exponential", "geometric", "log_normal"}
FORMS |= {"fill_diagonal", "put", "resize_as", "zero"}


def test_dir_of_a_tensor_shows_what_a_user_may_call(every_backend: Any) -> None:
    x = every_backend.ones(2)
    shown = {name for name in dir(x) if name[0] != "_"}
    ops = {name.removesuffix("_") for name in shown} - OTHERWISE - set(light.backends())
    assert ops <= {*namespace.names(), *namespace.METHODS} | FORMS
    assert {"exp", "exp_", "view", *OTHERWISE} <= shown
    assert not shown & {"transfer", "tanh_backward", "cat", "register_op", "zeros", "manifest"}
    for name in ("transfer", "tanh_backward", "cat", "register_op", "zeros", "manifest"):
        assert hasattr(x, name)
    assert "_edge" in dir(x)


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="module 'lightgrad' has no attribute 'expp'"):
        light.expp  # noqa: B018
    with pytest.raises(AttributeError, match="'device'; a device is a name"):
        light.device("cuda")
    with pytest.raises(AttributeError, match="'finfo'; use np.finfo"):
        light.finfo  # noqa: B018
    for name in ("cast", "view", "tanh_backward", "uniform_"):
        assert not hasattr(namespace, name)


@pytest.mark.parametrize("op", namespace.names())
def test_functions_have_name_and_text(op: str) -> None:
    fn = getattr(namespace, op)
    assert getattr(light, op).__name__ == op
    assert fn.__doc__
    assert ">>> " in fn.__doc__, "an example is missing"


def test_functions_can_be_pickled() -> None:
    for name in namespace.names():
        fn = getattr(light, name)
        assert pickle.loads(pickle.dumps(fn)) is fn
        fn = getattr(light.nn.functional, name, fn)
        assert pickle.loads(pickle.dumps(fn)) is fn
    assert b"lightgrad\nexp\n" in pickle.dumps(light.exp, 0)  # where it will be in later versions


def same(found: Any, expected: torch.Tensor) -> None:
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=1e-6)
    assert f"torch.{found.dtype}" == str(expected.dtype)


def test_forms_agree_with_torch() -> None:
    array = np.array([[0.5, 1.5], [2.5, 0.25]], np.float32)
    x, t = light.tensor(array), torch.tensor(array)
    same(light.exp(x), torch.exp(t))
    same(light.sum(x, dim=0), torch.sum(t, dim=0))
    same(light.sum(input=x), torch.sum(input=t))
    same(light.matmul(x, x), torch.matmul(t, t))
    same(light.cat([x, x], dim=1), torch.cat([t, t], dim=1))
    same(light.cat(tensors=(x, x)), torch.cat(tensors=(t, t)))
    same(light.concatenate([x, x]), torch.concatenate([t, t]))
    same(light.stack([x, x], dim=-1), torch.stack([t, t], dim=-1))
    same(light.einsum("ij,jk->ik", x, x), torch.einsum("ij,jk->ik", t, t))
    for shape in ((1, 3), (3, 1), (0, 1)):  # axes of one operand do not broadcast
        with pytest.raises(ShapeError, match="label 'i' of 'ii->i' has sizes"):
            light.einsum("ii->i", light.ones(*shape))
    same(light.maximum(x, x.permute(1, 0)), torch.maximum(t, t.permute(1, 0)))


def test_where() -> None:
    x, t = light.tensor([1.0, -2.0, 3.0]), torch.tensor([1.0, -2.0, 3.0])
    same(light.where(x > 0, x, x * 2), torch.where(t > 0, t, t * 2))
    same(light.where(x > 0, 1.0, x), torch.where(t > 0, 1.0, t))
    same(light.where(x > 0, x, 0), torch.where(t > 0, t, 0))
    same(light.where(x > 0, 2, 3), torch.where(t > 0, 2, 3))
    same(light.where(condition=x > 0, input=x, other=0.5), torch.where(t > 0, t, 0.5))
    assert light.where(np.array([True, False, True]), x, 0).tolist() == [1, 0, 3]
    (found,), (expected,) = light.where(x > 0), torch.where(t > 0)
    same(found, expected)
    with pytest.raises(DtypeError, match="where: the arguments are condition, input and other"):
        light.where()


def test_arrays_and_numbers_come_first_too() -> None:
    same(light.exp(1.0), torch.exp(torch.tensor(1.0)))
    assert light.add(1, 2).item() == 3
    assert not light.exp(np.ones(2)).requires_grad
    assert light.exp(np.ones(2)).dtype == light.float64
    x = light.tensor([1.0, 2.0])
    y = light.sub(3, x)
    assert y.dtype == light.float32
    y.sum().backward()
    assert x.grad.tolist() == [-1, -1]
    assert light.pow(2, x).tolist() == [2, 4]
    assert light.matmul(np.eye(2, dtype=np.float32), x).tolist() == [1, 2]


@pytest.mark.parametrize("value", ["text", None, [1, 2], {}])
def test_other_first_arguments(value: Any) -> None:
    kind = type(value).__name__
    text = f"exp: the first argument must be a tensor, an array or a number, not {kind}"
    with pytest.raises(DtypeError, match=text):
        light.exp(value)


def test_a_missing_first_argument() -> None:
    with pytest.raises(DtypeError, match="exp: the first argument, a tensor, is missing"):
        light.exp()


def test_dtype_names_and_module() -> None:
    assert light.long is light.int64
    assert light.float is light.float32
    assert light.double is light.float64
    assert light.bool == np.bool_
    assert light.__version__.count(".") == 2
    assert light.backends()[0] == "cpu"
    assert light.ops.arithmetic.add is light.autograd.ops.arithmetic.add
    assert light.promote_types(light.int8, light.float16) == light.float16


def test_importing_brings_nothing_heavy() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import lightgrad as light;"
        "new = set(sys.modules) - before;"
        "assert light.nn and light.optim and light.data;"
        "print(' '.join(sorted(new)))"
    )
    new = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = ("lightgrad.nn", "lightgrad.optim", "lightgrad.data", "numpy.random", "inspect")
    heavy += ("json", "zipfile", "asyncio", "urllib", "concurrent", "sklearn", "matplotlib")
    assert not [m for m in new if m.startswith(heavy)]
