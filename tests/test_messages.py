"""What a PyTorch user gets wrong, and that the answer says what to write instead."""

from __future__ import annotations

import copy
import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn, optim
from lightgrad.autograd.namespace import names
from lightgrad.errors import (
    ArgumentError,
    DataError,
    DeviceOutOfMemoryError,
    DtypeError,
    InplaceError,
    LightgradError,
    ModuleError,
    OptimizerError,
    ShapeError,
)
from lightgrad.hints import missing, near
from tests.backends import NAMES, backend
from tests.helpers import leaf

A = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(params=NAMES)
def x(request: Any) -> Any:
    return backend(request.param).from_numpy(A)


def index(x: Any, values: Any) -> Any:
    return type(x).from_numpy(np.array(values, np.int64), requires_grad=False)


# ----------------------------------------------------------------- indices

OUTSIDE = {
    "index_select": lambda x, i: x.index_select(1, i),
    "index_add": lambda x, i: x.index_add(1, i, x[:, :1]),
    "take_along_dim": lambda x, i: x.take_along_dim(i.reshape(1, 1), 1),
}


@pytest.mark.parametrize("op", OUTSIDE)
@pytest.mark.parametrize("value", [-1, 3])
def test_indices_outside_are_refused_in_the_name_of_the_op(op: str, value: int, x: Any) -> None:
    text = rf"{op}: indices from {value} to {value} are out of range .* 1 .*\(2, 3\); use 0 to 2"
    with pytest.raises(ShapeError, match=text):
        OUTSIDE[op](x, index(x, [value]))


def test_index_fill_counts_from_the_end_as_torch_does(x: Any) -> None:
    assert x.index_fill(1, index(x, [-1]), 9).tolist() == [[0, 1, 9], [3, 4, 9]]
    with pytest.raises(ShapeError, match=r"index_fill: indices from -4 to 2 are .* use -3 to 2"):
        x.index_fill(1, index(x, [-4, 2]), 9)


def test_indices_of_empty_and_0d(x: Any) -> None:
    assert x.index_select(1, index(x, [])).shape == (2, 0)
    assert x[0, 0].index_select(0, index(x, [0])).item() == 0
    assert x.index_select(0, index(x, 1)).tolist() == [[3, 4, 5]]
    with pytest.raises(ShapeError, match=r"max: no elements to choose from in shape \(0, 3\)"):
        x[:0].max(0)


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
    "light.add(x)": "add: missing 1 required .*; it takes two tensors, or a tensor and a number",
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
    "x.add(x, beta=2)": r"add \(it takes one operand, .*write a \+ alpha \* b\): .*'beta'",
    "x.detach().add_(x, alpha=2)": r"add \(it takes one operand, .*: add\(\) got .*'alpha'",
    "x.add()": "add .it takes one operand, a tensor or a number.*missing 1 required",
    "x.div(x, rounding_mode='floor')": r"div .*write floor_divide\(b\), or div\(b\).trunc\(\)",
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
    "light.sub(x, x, alpha=2)": r"sub: got .*'alpha'.*; for alpha write a - alpha \* b",
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
    code = "import lightgrad.nn as nn; nn.Dropout2d"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr
    assert said.lower().count("did you mean") == 1, said
    with pytest.raises(AttributeError, match="there is light.optim.lr_scheduler.StepLR"):
        getattr(optim, "StepLR")  # noqa: B009


@pytest.mark.parametrize("call", PLAIN)
def test_wrong_arguments_of_plain_methods(call: str, x: Any) -> None:
    with pytest.raises(TypeError, match=PLAIN[call]):
        eval(call, globals(), {"x": x})


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


# ----------------------------------------------------------------- memory


def test_what_does_not_fit_names_the_operation(x: Any) -> None:
    # beyond any address space, so that no system promises it
    row, much = type(x).ones((1, 1)), 2**58
    calls = {
        "matmul": lambda: (row.expand(2**29, 1) @ row.expand(1, 2**29)).numpy(),
        "clone": lambda: row.expand(much, 1).clone().numpy(),
    }
    for op, call in calls.items() if x.device == "cpu" else [("matmul", calls["matmul"])]:
        with pytest.raises(DeviceOutOfMemoryError, match=f"{op}: "):
            call()
    for op in ("zeros", "ones", "empty", "rand") if x.device == "cpu" else ():
        for n in (much, 2**62):
            with pytest.raises(MemoryError, match=f"{op.replace('rand', 'uniform')}: "):
                getattr(light, op)(n)
    for op, call in {
        "full": lambda: light.full((much,), 2),
        "eye": lambda: light.eye(2**29),
        "arange": lambda: light.arange(much),
    }.items():
        with pytest.raises(MemoryError, match=f"{op}: "):
            call()


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
    with pytest.raises(OptimizerError, match=r"from named_parameters\(\)"):
        optim.SGD(nn.Linear(2, 2).named_parameters(), lr=0.1)


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


def test_a_write_into_repeated_memory_names_the_call(every_backend: Any) -> None:
    t = leaf([[1.0, 2.0]], requires_grad=False).expand(3, 2)
    calls = {
        "add_": lambda: t.add_(1),
        "masked_fill_": lambda: t.masked_fill_(t > 1, 0.0),
        "tril_": lambda: t.tril_(),
        "copy_": lambda: t.copy_(2.0),
        "normal_": lambda: t.normal_(),
        "setitem": lambda: t.__setitem__(([0],), 1.0),
    }
    for name, call in calls.items():
        with pytest.raises(InplaceError, match=rf"^{name}: a tensor of shape \(3, 2\) .*clone"):
            call()
    assert t.tolist() == [[1, 2]] * 3


def test_a_changed_part_says_where_to_clone(every_backend: Any) -> None:
    u = leaf([1.0, 2.0, 3.0]) * 1
    for i in range(1, 3):
        u[i] = u[i - 1] * u[i]
    with pytest.raises(InplaceError, match=r"mul: .*is a part of a tensor.*x\[i\]\.clone\(\)"):
        u.sum().backward()
    x = leaf([1.0, 2.0, 3.0])
    u = x * 1
    for i in range(1, 3):
        u[i] = u[i - 1].clone() * u[i].clone()
    u.sum().backward()
    assert x.grad.tolist() == [9, 4, 2]


def test_a_file_read_to_its_end_says_so() -> None:
    file = io.BytesIO()
    light.save([1, 2], file)
    with pytest.raises(DataError, match=r"load: the BytesIO stands at its end; call seek\(0\)"):
        light.load(file)
    file.seek(0)
    assert light.load(file) == [1, 2]
    with pytest.raises(DataError, match="the BytesIO is empty"):
        light.load(io.BytesIO())


@pytest.mark.parametrize("dim", [np.arange(3), np.ones(2), int])
def test_what_only_looks_like_an_int_is_no_axis_or_size(dim: Any) -> None:
    """Arrays and classes have an ``__index__`` that fails."""
    x = light.ones(1, 2, 4, 4)
    for wrong in (lambda: x.cumsum(dim), lambda: x.amax(dim), lambda: x.softmax(dim)):
        with pytest.raises(DtypeError, match="dim must be an int"):
            wrong()
    with pytest.raises(ShapeError, match="stride must be an int or 2 ints"):
        x.conv2d(light.ones(1, 2, 2, 2), stride=dim)
    with pytest.raises(DtypeError, match="type_as: needs a tensor, not"):
        x.type_as(dim)


#: calls with an array where one value is meant, of tensors of shape (2, 3), and what is said
ARRAYS = {
    "x.mse_loss(x, a)": "mse_loss: reduction must be one of mean, sum, none, not array",
    "x.smooth_l1_loss(x, a)": "smooth_l1_loss: reduction must be one of",
    "x.cross_entropy(x, reduction=a)": "cross_entropy: reduction must be one of",
    "x.cosine_embedding_loss(x, x[:, 0], reduction=a)": "cosine_embedding_loss: reduction must be",
    "x.kl_div(x, a)": "kl_div: reduction must be one of",
    "x.kl_div(x, log_target=a)": "kl_div: log_target must be True or False, not array",
    "nn.MSELoss(a)": "MSELoss: reduction must be one str, not array",
    "x.divide(x, rounding_mode=a)": "divide: rounding_mode must be None, 'trunc' or 'floor', not",
    "x[None].conv1d(x[None], padding=a)": "conv1d: padding must be an int or 1 ints, not array",
    "x[None].conv1d(x[None], groups=a)": "conv1d: groups must be a positive divisor .* not array",
    "x[None].conv_transpose1d(x[None], groups=a)": "conv_transpose1d: groups must be a positive",
    "x.amin(0, a)": "amin: keepdim must not be an array: one value is meant",
    "x.sum(0, keepdim=a)": "sum: keepdim must not be an array",
    "x.var(0, keepdims=a)": "var: keepdims must not be an array",
    "x[None].avg_pool1d(2, ceil_mode=a)": "avg_pool1d: ceil_mode must not be an array",
    "light.softplus(x, threshold=a)": "softplus: threshold must be a number",
    "light.cross_entropy(x, x, label_smoothing=a)": "cross_entropy: label_smoothing must not be an",
    "light.batch_norm(x, x[0], x[0], training=a)": "batch_norm: training must not be an array",
    "x.index_put((0,), 1, accumulate=a)": "index_put: accumulate must be True or False",
    "x.addmm(x, x.T, beta=a)": "addmm: beta must be a number, not array",
    "x.addmm(x, x.T, alpha=a)": "addmm: alpha must be a number, not array",
    "x.unfold(0, a, 1)": "unfold: size and step must be ints",
    "x.group_norm(a)": "group_norm: num_groups must be an int, not array",
    "x.layer_norm(3, eps=a)": "layer_norm: eps must be a number",
    "x.dropout(a)": "dropout: the probability must be a number, not array",
    "x.detach().bernoulli_(a)": "bernoulli_: the probability must be a number, not array",
    "x.detach().random_(a)": "random_: low and high must be integers, not",
    "x.split(a)": "split: split_size must be an int or a list",
    "x.chunk(a)": "chunk: chunks must be an int, not array",
    "x.topk(a)": "topk: k must be an int, not array",
    "x.tril(a)": "tril: diagonal must be an int, not array",
    "x.unique(return_inverse=a)": "unique: return_inverse must be True or False",
    "x.pad((1, 1), mode=a)": "pad: mode must be 'constant', .* not array",
    "nn.functional.embedding(x.long(), x, a)": "embedding: padding_idx must be an int, not array",
    "nn.Linear(a, 3)": "Linear: in_features must be one int, not array",
    "nn.Dropout(a)": "Dropout: p must be one float, not array",
    "optim.SGD([x.detach()], lr=a)": "SGD: lr must be one float, not array",
}


@pytest.mark.parametrize("call", ARRAYS)
def test_an_array_where_one_value_is_meant(call: str, x: Any) -> None:
    given = {"light": light, "nn": nn, "optim": optim, "x": x, "a": np.array([1, 0])}
    with pytest.raises((DtypeError, ShapeError, ArgumentError), match=ARRAYS[call]):
        eval(call, given)


def test_numbers_of_numpy_are_single_values(x: Any) -> None:
    """Those that have no axes, which arrays have."""
    true, one = np.True_, np.int64(1)
    assert x.sum(0, keepdim=true).tolist() == [[3, 5, 7]]
    assert x.amin(1, keepdim=np.array(True)).tolist() == [[0], [3]]
    assert x.detach().clone().bernoulli_(np.float32(1)).tolist() == [[1] * 3] * 2
    assert x.tril(np.int32(-1)).tolist() == [[0, 0, 0], [3, 0, 0]]
    assert x.group_norm(one).shape == (2, 3)
    assert nn.Linear(np.int64(2), np.array(3)).weight.shape == (3, 2)


@pytest.mark.parametrize("size", [2**40, 2**62, 2**70])
def test_absurd_sizes_are_refused_at_once(size: int, x: Any) -> None:
    with pytest.raises(ShapeError, match="adaptive_avg_pool1d: output_size must be 1 positive"):
        x.adaptive_avg_pool1d(size)
    with pytest.raises((DeviceOutOfMemoryError, DtypeError)):
        x.long().one_hot(size)
    with pytest.raises(DeviceOutOfMemoryError):
        nn.Linear(size, 2, device=x.device)
    with pytest.raises((DeviceOutOfMemoryError, ArgumentError), match="arange: "):
        light.arange(-size, size, device=x.device)
    assert x.tril(size).tolist() == x.triu(-size).tolist() == A.tolist()
    assert x.tril(-size).sum().item() == x.triu(size).sum().item() == 0
