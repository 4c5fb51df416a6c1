"""What a PyTorch user gets wrong, and that the answer says what to write instead."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn, optim
from lightgrad.autograd.namespace import names
from lightgrad.errors import (
    DtypeError,
    LightgradError,
    ModuleError,
    OptimizerError,
)
from lightgrad.hints import missing, near
from tests.backends import NAMES, backend
from tests.helpers import index

A = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(params=NAMES)
def x(request: Any) -> Any:
    return backend(request.param).from_numpy(A)


# ----------------------------------------------------------------- arguments

CALLS = {
    "x.sum(foo=1)": r"sum: got an unexpected keyword argument 'foo' \(its arguments are dim, ",
    "x.softmax(dimm=1)": "softmax: .*'dimm'; did you mean 'dim'",
    "light.softmax(x, dimm=1)": "softmax: .*'dimm'; did you mean 'dim'",
    "light.cat([x], dimm=1)": "cat: .*'dimm'; did you mean 'dim'",
    "nn.functional.conv2d(x, x, paddin=1)": "conv2d: .*'paddin'; did you mean 'padding'",
    "x.gather(1)": r"gather: missing 1 required positional argument: 'index' \(its arg",
    "x.cross_entropy(x, reductoin='sum')": "cross_entropy: .*; did you mean 'reduction'.*target",
    "x.max(foo=1)": r"max: got an unexpected keyword argument 'foo' \(its arguments are dim, ",
    "x.var_mean(foo=1)": r"var: got an unexpected keyword argument 'foo' \(its arguments are dim, ",
    "x.cast(foo=1)": "cast: .*'foo'",
    "x.clamp_between(1, 2, foo=1)": "clamp_between: .*'foo'",
    "nn.Linear(2, 3, bais=False)": "Linear: .*'bais'; did you mean 'bias'.*in_features",
    "nn.Linear(2)": "Linear: missing a required argument: 'out_features'",
    "optim.Adam([x], learning_rate=1)": "Adam: .*'learning_rate'.*lr, betas",
    "optim.SGD([x], momentun=1)": "SGD: .*'momentun'; did you mean 'momentum'",
    "light.exp(x, foo=1)": "exp: got an unexpected.*'foo'; it takes one tensor and nothing else",
    "light.add(x)": "add: missing 1 required .*its arguments are other, alpha",
    "light.mul(x)": "mul: missing 1 required .*; it takes two tensors, or a tensor and a number",
    "light.cat(x, x)": r"cat: the tensors go into one list or tuple: cat\(\[a, b\], dim\)",
    "light.stack(x, x)": r"stack: the tensors go into one list or tuple",
    "light.cat([x, A])": r"found ndarray in it; make a tensor of it with lightgrad.as_tensor\(\)",
    "light.Tensor.exp(A)": "exp: its first argument must be a tensor",
    "light.Tensor.exp(2.0)": r"exp: its first argument must be a tensor \(found 2.0\)",
}


@pytest.mark.parametrize("call", CALLS)
def test_wrong_arguments(call: str, x: Any) -> None:
    with pytest.raises(DtypeError, match=CALLS[call]):
        eval(call, globals(), {"x": x})


#: ops of fixed arguments raise Python's own error, which begins with how to call them
PLAIN = {
    "x.exp(1)": r"exp \(it takes no arguments\): exp\(\) takes 1 .* but 2 were given",
    "x.add(x, beta=2)": r"add \(its arguments are other, alpha\): .*'beta'",
    "x.mul(x, beta=2)": r"mul \(it takes one operand, .*'beta'",
    "x.mul()": "mul .it takes one operand, a tensor or a number.*missing 1 required",
    "x.div(x, rounding='floor')": r"div .its arguments are other, rounding_mode",
    "x.matmul(x, 3)": "matmul .it takes one operand",
    "x.transpose(0)": r"transpose \(its arguments are dim0, dim1\): .*missing 1 .*'dim1'",
    "x.clamp(1, 2, 3)": r"clamp \(its arguments are min, max\): clamp\(\) takes from 1 to 3",
    "x.zero_(3)": r"zero_ \(it takes no arguments\): zero_\(\) takes 1 .* but 2 were given",
    "x.copy_()": r"copy_ \(its arguments are source\): ",
    "x.sum().backward(foo=1)": r"backward \(its arguments are gradient, retain_.*'foo'",
    "x.contiguous(foo=1)": r"contiguous \(it takes no arguments\): .*'foo'",
    "x.detach(1)": r"detach \(it takes no arguments\)",
    "x.tolist(1)": r"tolist \(it takes no arguments\)",
    "x.to(foo=1)": r"to \(its arguments are dtype, device, .*'foo'",
    "x.double(1)": r"double \(it takes no arguments\)",
    "light.sub(x, x, beta=2)": r"sub .its arguments are other, alpha.*'beta'",
}


class Square(light.autograd.Function):
    def forward(ctx, t: Any) -> Any:
        return type(t).from_numpy(t.numpy() ** 2)

    def backward(ctx, grad: Any) -> Any:
        return grad


#: functions and classes where something else is meant, and the remedy
MEANT = {
    "Square()(x)": r"Square: an instance is one call, .*; call Square.apply\(\.\.\.\)",
    "nn.Sequential([nn.ReLU()])": r"child '0' must be .*, not list; .*: Sequential\(\*modules\)",
    "nn.Sequential(nn.ReLU() for _ in 'ab')": r"not generator; .*: Sequential\(\*modules\)",
    "nn.Sequential(nn.ReLU(), F.relu)": r"not function; give a module .*nn.ReLU\(\) for F.relu",
    "nn.ModuleList([nn.ReLU])": r"create it: ReLU\(",
    "StepLR(optim.SGD([x.detach()], lr=1.0))": r"StepLR: missing .*'step_size' \(its arg",
    "hooked(x, 'forward', lambda m: None)": r"a forward hook is called with \(module, args, output",
    "hooked(x, 'forward_pre', lambda m: None)": r"pre-hook is called with \(module, args\):",
    "x.register_hook(lambda: None) and x.sum().backward()": "hook is called with the gradient al",
}


def hooked(x: Any, kind: str, hook: Any) -> Any:
    module = nn.Identity()
    getattr(module, f"register_{kind}_hook")(hook)
    return module(x)


@pytest.mark.parametrize("call", MEANT)
def test_the_remedy_is_named(call: str, x: Any) -> None:
    given = {"StepLR": optim.lr_scheduler.StepLR, "F": nn.functional, "x": x}
    with pytest.raises((DtypeError, ModuleError), match=MEANT[call]):
        eval(call, globals() | given)


def test_errors_inside_a_hook_stay_what_they_are(x: Any) -> None:
    def fails(*args: Any) -> Any:
        return len(3)  # type: ignore[arg-type]

    for kind in ("forward", "forward_pre"):
        with pytest.raises(TypeError, match=r"^object of type 'int' has no len\(\)"):
            hooked(x, kind, fails)
    x.register_hook(fails)
    with pytest.raises(TypeError, match=r"^object of type 'int' has no len\(\)"):
        x.sum().backward()


def test_a_guess_is_made_once() -> None:
    """Python prints one of its own where an error says in which module a name was missing."""
    code = "import lightgrad.nn as nn; nn.Dropout9d"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr
    assert said.lower().count("did you mean") == 1, said
    with pytest.raises(AttributeError, match="there is light.optim.lr_scheduler.StepLR"):
        getattr(optim, "StepLR")  # noqa: B009


@pytest.mark.parametrize("call", PLAIN)
def test_wrong_arguments_of_plain_methods(call: str, x: Any) -> None:
    with pytest.raises(TypeError, match=PLAIN[call]):
        eval(call, globals(), {"x": x})


@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_every_op_says_what_it_takes(x: Any) -> None:
    for op in names():
        method = getattr(x.detach(), op)
        with pytest.raises(
            TypeError, match=rf"{op.removesuffix('_mean')}\b.*(arguments are|takes)"
        ):
            method(nonsense=1)


#: what is no tensor, no number or no int where one belongs; ``row`` is a tensor (3,)
MISFITS = {
    "mm": lambda x, row: x.mm([1, 2]),
    "dot": lambda x, row: x.dot(1.5),
    "tensordot": lambda x, row: x.tensordot([1, 2], 1),
    "tensordot: dims": lambda x, row: x.tensordot(x, (1, 0)),
    "linear": lambda x, row: x.linear(x, "bias"),
    "chunk": lambda x, row: x.chunk("two"),
    "repeat_interleave": lambda x, row: x.repeat_interleave(1.5),
    "group_norm": lambda x, row: x.group_norm(None),
    "cosine_similarity": lambda x, row: x.cosine_similarity(2.0),
    "cosine_embedding_loss": lambda x, row: x.cosine_embedding_loss(x, 1),
    "cross_entropy": lambda x, row: x.cross_entropy(row[:2].long(), weight="equal"),
    "binary_cross_entropy_with_logits: pos_weight": lambda x, row: (
        x.binary_cross_entropy_with_logits(x, pos_weight=2.0)
    ),
    "huber_loss: delta": lambda x, row: x.huber_loss(x, delta="1"),
    "smooth_l1_loss: beta": lambda x, row: x.smooth_l1_loss(x, beta=None),
    "isclose: atol": lambda x, row: x.isclose(x, atol=None),
    "index_add: source": lambda x, row: x.index_add(0, row[:1].long(), 1.0),
    "view_as": lambda x, row: x.view_as([3, 2]),
    "normal_: mean": lambda x, row: x.detach().normal_("x"),
    "lerp: weight": lambda x, row: x.lerp(x, "half"),
}


@pytest.mark.parametrize("text", MISFITS)
def test_what_is_no_operand_is_named(text: str) -> None:
    with pytest.raises(DtypeError, match=rf"^{text}\b.* (must be|expected) .*, not "):
        MISFITS[text](light.tensor(A), light.tensor(A[0]))


def test_errors_inside_an_op_stay_what_they_are(x: Any) -> None:
    class Odd:
        def __index__(self) -> int:
            raise TypeError("odd")

    with pytest.raises(TypeError, match="^odd$"):
        x.sum(Odd())


def test_unbound_methods_run_on_the_device_of_the_tensor(x: Any) -> None:
    for op, args in (("exp", ()), ("add", (1,)), ("sum", (0,)), ("softmax", (1,)), ("relu", ())):
        found = getattr(light.Tensor, op)(x, *args)
        assert type(found) is type(x)
        np.testing.assert_array_equal(found.numpy(), getattr(x, op)(*args).numpy())
    with light.strict(True):
        assert light.Tensor.exp(x).shape == (2, 3)
    with light.ledger() as ledger:
        light.Tensor.exp(x)
    assert [row.op for row in ledger.rows].count("exp") == 1


def test_dtypes_of_linear(x: Any) -> None:
    layer = nn.Linear(3, 2).to(x.device)
    with pytest.raises(DtypeError, match=r"convert the input with to\(float32\)$"):
        layer(index(x, [[1, 2, 3]]))
    with pytest.raises(DtypeError, match=r"to\(float32\), or the module with to\(float64\)$"):
        layer(type(x).from_numpy(A.astype(float)))


# ----------------------------------------------------------------- modules and optimizers


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "MSELoss", "BCELoss", "L1Loss"])
def test_losses_are_made_before_they_are_called(name: str) -> None:
    logits, target = light.ones(2, 3), light.ones(2, 3)
    for args in ((logits, target), (None, target)):
        with pytest.raises(ModuleError, match=rf"{name}: it is made first.*{name}\(...\)\(x\)"):
            getattr(nn, name)(*args)


def test_modules_take_no_tensors_but_weights() -> None:
    x, weights = light.ones(2, 3), light.ones(3)
    for kind in (nn.ReLU, nn.Softmax, nn.Dropout, nn.LayerNorm, nn.Sequential, nn.CrossEntropyLoss):
        with pytest.raises(ModuleError, match="it is made first"):
            kind(x)
    for loss in (
        nn.CrossEntropyLoss(weights),
        nn.NLLLoss(weight=weights),
        nn.BCELoss(x),
        nn.BCEWithLogitsLoss(None, "mean"),
        copy.deepcopy(nn.CrossEntropyLoss(weights)),
    ):
        assert isinstance(loss, nn.Module)

    class Own(nn.Module):
        def __init__(self, start: Any) -> None:
            super().__init__()
            self.start = start

    assert Own(x).start is x


def test_parameters_that_cannot_be_found() -> None:
    class Layers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(2, 2)]

    with pytest.raises(OptimizerError, match="ModuleList and ModuleDict, not in a Python list"):
        optim.SGD(Layers().parameters(), lr=0.1)
    with pytest.raises(OptimizerError, match=r"not Linear; pass its parameters\(\)"):
        optim.SGD([nn.Linear(2, 2)], lr=0.1)


# ----------------------------------------------------------------- names

NAMES_MEANT = {
    "light.sofmax": "did you mean 'softmax'",
    "light.Softmax": "there is light.nn.Softmax",
    "light.Linear": "there is light.nn.Linear",
    "light.Adam": "there is light.optim.Adam",
    "light.DataLoader": "there is light.data.DataLoader",
    "light.cuda": r"light.backends\(\) lists them",
    "nn.Liner": "did you mean 'Linear'",
    "nn.softmax": "there is light.softmax",
    "nn.Adam": "there is light.optim.Adam",
    "optim.Adm": "did you mean 'Adam'",
    "optim.lr_scheduler.StepLr": "did you mean 'StepLR'",
    "nn.functional.rellu": "did you mean 'relu'",
    "light.data.DataLoder": "did you mean 'DataLoader'",
    "light.autograd.gard": "did you mean 'grad'",
    "nn.init.kaming_uniform_": "did you mean 'kaiming_uniform_'",
    "light.opencl.device": "did you mean 'devices'",
}


@pytest.mark.parametrize("name", NAMES_MEANT)
def test_misspelt_names(name: str) -> None:
    with pytest.raises(AttributeError, match=NAMES_MEANT[name]):
        eval(name)


def test_names_like_nothing_get_no_hint() -> None:
    for module in ("lightgrad", "lightgrad.nn"):
        assert str(missing(module, "zzzz")) == f"module {module!r} has no attribute 'zzzz'"
        assert "mean" not in str(missing(module, "__wrapped__"))
    assert near("zzzz", ["softmax"]) == ""
    assert not hasattr(nn, "__wrapped__") and issubclass(DtypeError, LightgradError)
