"""Indices, sizes and arrays that a PyTorch user gets wrong, and what the answer says."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn, optim
from lightgrad.errors import (
    ArgumentError,
    DataError,
    DeviceOutOfMemoryError,
    DtypeError,
    InplaceError,
    ShapeError,
)
from tests.backends import NAMES, backend
from tests.helpers import index, leaf

A = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(params=NAMES)
def x(request: Any) -> Any:
    return backend(request.param).from_numpy(A)


# ----------------------------------------------------------------- indices

OUTSIDE = {
    "index_select": lambda x, i: x.index_select(1, i),
    "index_add": lambda x, i: x.index_add(1, i, x[:, :1]),
    "take_along_dim": lambda x, i: x.take_along_dim(i.reshape(1, 1), 1),
}


@pytest.mark.parametrize("op", OUTSIDE)
@pytest.mark.parametrize("value", [-1, 3])
def test_indices_outside_are_refused_in_the_name_of_the_op(op: str, value: int, x: Any) -> None:
    first = -3 if op == "take_along_dim" else 0  # it counts from the end too
    value += first if value < 0 else 0
    text = (
        rf"{op}: indices from {value} to {value} are out of range .* 1 .*\(2, 3\); use {first} to 2"
    )
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


# ----------------------------------------------------------------- writes, axes, sizes, arrays


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
    "nn.MSELoss(a)": "MSELoss: reduction must be one of mean, sum, none, not array",
    "nn.MSELoss(reduce=a)": "MSELoss: reduce must be True or False, not array",
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
