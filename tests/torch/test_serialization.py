"""torch.save and torch.load: PyTorch's files in both directions, and none that runs anything."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
import random
import resource
import warnings
import zipfile
from argparse import Namespace
from collections import Counter, OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest
import torch as real

import lightgrad.torch as ours
from lightgrad.errors import DataError, DeviceError
from tests.torch import hostile

DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]


def bits(value: Any) -> Any:
    """What a value is, with the bits of tensors, in words that both libraries share."""
    if isinstance(value, (ours.Tensor, real.Tensor)):
        array = value.detach().numpy()
        mark = isinstance(value, (ours.nn.Parameter, real.nn.Parameter))
        return str(value.dtype), tuple(value.shape), array.tobytes(), value.requires_grad, mark
    if isinstance(value, dict):
        items = [(k, bits(v)) for k, v in value.items()]
        ordered = isinstance(value, OrderedDict)
        return type(value).__name__, items if ordered else sorted(items, key=str)
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [bits(v) for v in value]
    return str(type(value)), str(value)


def through(value: Any, writer: Any, reader: Any, **options: Any) -> Any:
    file = io.BytesIO()
    writer.save(value, file, **options)
    file.seek(0)
    return reader.load(file)


def both_ways(make: Any) -> None:
    """The same from either library to the other, and back to itself."""
    values = make(ours), make(real)
    expected = bits(values[1])
    assert bits(values[0]) == expected
    assert bits(through(values[1], real, ours)) == expected
    assert bits(through(values[0], ours, real)) == expected
    assert bits(through(values[0], ours, ours)) == expected
    old = through(values[1], real, ours, _use_new_zipfile_serialization=False)
    assert bits(old) == expected


def mixture(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3)
    return {
        "dtypes": [torch.ones(2).to(getattr(torch, name)) for name in DTYPES],
        "views": (x, x.t()[1:], x[:, 1], torch.ones(3).expand(2, 3)),
        "small": [torch.tensor(3), torch.ones(0, 2), torch.zeros(0)],
        "wants": torch.ones(2, requires_grad=True),
        "parameter": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        "plain": [None, True, 1.5, 2**70, "ö", b"\x00\xff", (1, (2,)), {3: 4}],
        "named": [torch.float32, x.shape, torch.device("cpu")],
        "ordered": OrderedDict(a=1),
        "counter": Counter("aab"),
    }


def test_values_of_all_kinds() -> None:
    both_ways(mixture)


MODULES: dict[str, Any] = {
    "linear": lambda n: n.Linear(3, 2),
    "conv": lambda n: n.Sequential(
        n.Conv1d(2, 3, 3), n.Conv2d(2, 3, 3), n.ConvTranspose2d(2, 3, 3)
    ),
    "norms": lambda n: n.Sequential(
        n.BatchNorm1d(3), n.BatchNorm2d(3), n.LayerNorm(3), n.GroupNorm(2, 4)
    ),
    "recurrent": lambda n: n.Sequential(n.RNN(2, 3), n.LSTM(2, 3, 2), n.GRU(2, 3)),
    "cells": lambda n: n.Sequential(n.RNNCell(2, 3), n.LSTMCell(2, 3), n.GRUCell(2, 3)),
    "embedding": lambda n: n.Embedding(4, 3),
    "prelu": lambda n: n.PReLU(),
    "list": lambda n: n.ModuleList([n.Linear(2, 2), n.ModuleDict({"a": n.Linear(1, 1)})]),
    "bilinear": lambda n: n.Bilinear(2, 3, 2),
    "attention": lambda n: n.MultiheadAttention(4, 2),
    "transformer": lambda n: n.TransformerEncoderLayer(4, 2, 8),
}


@pytest.mark.parametrize("name", MODULES)
def test_state_dicts_of_modules(name: str) -> None:
    def make(torch: Any) -> Any:
        torch.manual_seed(0)
        return MODULES[name](torch.nn)

    module, other = make(ours), make(real)
    state = through(other.state_dict(), real, ours)
    assert state._metadata == other.state_dict()._metadata
    module.load_state_dict(state)
    assert bits(module.state_dict()) == bits(other.state_dict())
    other.load_state_dict(through(module.state_dict(), ours, real))


OPTIMIZERS: dict[str, Any] = {
    "SGD": {"momentum": 0.9},
    "Adam": {"amsgrad": True},
    "RMSprop": {"momentum": 0.9, "centered": True},
    **{n: {} for n in ("AdamW", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam")},
    **{n: {} for n in ("Rprop", "ASGD", "Adafactor")},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_dicts_of_optimizers(name: str) -> None:
    def make(torch: Any, steps: int) -> Any:
        p = torch.nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        optimizer = getattr(torch.optim, name)([p], lr=0.1, **OPTIMIZERS[name])
        for i in range(steps):
            p.grad = torch.full((2, 2), 0.5 + i)
            optimizer.step()
        return p, optimizer

    for first, second in ((ours, real), (real, ours)):
        p, optimizer = make(first, 2)
        q, other = make(second, 0)
        other.load_state_dict(through(optimizer.state_dict(), first, second))
        assert bits(other.state_dict()) == bits(optimizer.state_dict())
        q.data = second.tensor(p.tolist())
        p.grad, q.grad = first.ones(2, 2), second.ones(2, 2)
        optimizer.step()
        other.step()
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)


def test_tensors_share_memory_as_they_did() -> None:
    x = ours.arange(6.0)
    y, z = through([x, x[2:4]], ours, ours)
    y[2] = 9
    assert z.tolist() == [9, 3]
    a, b = through([real.ones(3)] * 2, real, ours)
    assert a is b


def test_paths_and_files(tmp_path: Any) -> None:
    path = tmp_path / "a.pt"
    ours.save(ours.ones(2), path)
    assert ours.load(str(path)).tolist() == [1, 1] == real.load(path).tolist()
    with open(path, "rb") as file:
        assert ours.load(file, map_location=ours.device("cpu"), weights_only=True).tolist() == [
            1,
            1,
        ]
    with pytest.raises(FileNotFoundError):
        ours.load(tmp_path / "b.pt")
    first, second = tmp_path / "c.pt", tmp_path / "d.pt"
    for to in (first, second):
        ours.save(mixture(ours), to)
    assert first.read_bytes() == second.read_bytes()


def test_where_tensors_are_to_be() -> None:
    file = io.BytesIO()
    real.save({"a": real.ones(2)}, file)
    made, names = io.BytesIO(), zipfile.ZipFile(file)
    with zipfile.ZipFile(made, "w") as archive:  # as a file of another machine says
        for name in names.namelist():
            record = names.read(name)
            if name.endswith("data.pkl"):
                record = record.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0")
            archive.writestr(name, record)
    moved: Any = lambda storage, location: storage.cpu()  # noqa: E731
    for target in ("cpu", ours.device("cpu"), {"cuda:0": "cpu"}, moved):
        made.seek(0)
        assert ours.load(made, map_location=target)["a"].tolist() == [1, 1]
    if not ours.cuda.is_available():
        made.seek(0)
        with pytest.raises(DeviceError, match="map_location='cpu'. has it in the computer's own"):
            ours.load(made)


class Net(ours.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = ours.nn.Linear(2, 1)
        self.size = Namespace(n=3)


class Plain:
    def __init__(self, x: int) -> None:
        self.x = x


def test_whole_objects_of_the_program() -> None:
    net = Net()
    file = io.BytesIO()
    ours.save([net, Plain(3)], file)
    file.seek(0)
    with pytest.raises(DataError, match=r"Net is not allowed .*weights_only=False allows classes"):
        ours.load(file)
    file.seek(0)
    twin, plain = ours.load(file, weights_only=False)
    assert isinstance(twin, Net) and twin.size.n == 3 and plain.x == 3
    assert bits(twin.state_dict()) == bits(net.state_dict())
    file = io.BytesIO()
    ours.save(Plain(4), file)
    for allow in (Plain, (Plain, f"{Plain.__module__}.Plain")):
        file.seek(0)
        with ours.serialization.safe_globals([allow]):
            assert ours.load(file).x == 4
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="is not allowed in a file"):
        ours.load(file)


def test_whole_modules_of_torch() -> None:
    real.manual_seed(0)
    module = real.nn.Sequential(real.nn.Linear(2, 3), real.nn.BatchNorm1d(3), real.nn.ReLU()).eval()
    file = io.BytesIO()
    real.save(module, file)
    file.seek(0)
    twin = ours.load(file, weights_only=False)
    assert isinstance(twin, ours.nn.Sequential) and not twin.training and repr(twin) == repr(module)
    assert bits(twin.state_dict()) == bits(module.state_dict())
    x = np.ones((4, 2), np.float32)
    expected = module(real.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(twin(ours.from_numpy(x)).detach().numpy(), expected, rtol=1e-5)


# ------------------------------------------------------------- files that mean harm


def packed(text: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", text)
        archive.writestr("archive/version", "3\n")
    file.seek(0)
    return file


class Call:
    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "thing",
    [
        Call(os.system, "touch harm"),
        Call(eval, "1"),
        Call(getattr, 1, "real"),
        Call(__import__, "os"),
        Call(os.path.join, "a"),
        Call(np.load, "a"),
        Call(random.Random, 1),
        Call(io.BytesIO, b""),
        Call(bytes, 10**12),
        Call(bytearray, 10**12),
    ],
    ids=lambda call: call.call[0].__name__,
)
def test_nothing_runs(thing: Any, whole: bool, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for file in (packed(pickle.dumps(thing, 2)), io.BytesIO(pickle.dumps(thing, 2))):
        with pytest.raises((DataError, pickle.UnpicklingError)):
            ours.load(file, weights_only=not whole)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        b"\x80\x02r\xff\xff\xff\x7f.",  # a memo of two thousand million entries
        b"\x80\x05\x96\xff\xff\xff\xff\x00\x00\x00\x00.",  # a byte array
        b"\x80\x02\x8e\xff\xff\xff\xff\x00\x00\x00\x00.",  # bytes
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x01\x00\x00\x00aK\x01sb.",
        b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb.",
        b"\x80\x02(ios\nsystem\n.",
        b"\x80\x02cbuiltins\nset\n" + b"]" + b"q\x00(" + b"K\x01" * 999 + b"e\x85R0"
        + b"cbuiltins\nset\nh\x00\x85R" * 999 + b".",
    ],
)  # fmt: skip
def test_memory_is_bounded(text: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match="load: BytesIO"):
        ours.load(packed(text))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 100_000


def test_five_hundred_hostile_files() -> None:
    """Of all kinds; ``python -m tests.torch.hostile 10000`` reads more."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = hostile.survey(500)
    assert sum(found.values()) == 500
    assert sum(n for name, n in found.items() if name.endswith("refused")) > 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 300_000


def test_functions_of_a_model_are_named_and_not_called() -> None:
    """A whole layer keeps its activation; a file that calls one is refused."""
    for torch in (ours, real):
        layer = torch.nn.TransformerEncoderLayer(4, 2, 8, activation=torch.nn.functional.gelu)
        twin = through_whole(layer.eval(), torch)
        x = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
        expected = layer(torch.from_numpy(x)).detach().numpy()
        found = twin(ours.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    thing = Call(ours.nn.functional.relu, 1), Call(hostile.harm)
    for call in thing:
        with pytest.raises(DataError, match="a call of a function"):
            ours.load(packed(pickle.dumps(call, 2)), weights_only=False)


def through_whole(module: Any, writer: Any) -> Any:
    file = io.BytesIO()
    writer.save(module, file)
    file.seek(0)
    return ours.load(file, weights_only=False)


def test_hooks_of_whole_modules_are_kept_or_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, other = (t.nn.utils.weight_norm(t.nn.Linear(2, 3)) for t in (ours, real))
    twin = through_whole(mine, ours)
    with ours.no_grad():
        twin.weight_g.mul_(2)
    x = ours.ones(1, 2)
    bias = mine.bias.detach().numpy()
    np.testing.assert_allclose(
        twin(x).detach().numpy() - bias, 2 * (mine(x).detach().numpy() - bias), rtol=1e-5
    )
    with pytest.raises(DataError, match="with hooks ._forward_pre_hooks."):
        through_whole(other, real)


def test_windows_and_dicts_with_defaults() -> None:
    x = through(ours.arange(12.0).reshape(3, 4).unfold(1, 2, 1), ours, real)
    assert x.stride() == (4, 1, 1) and x.untyped_storage().nbytes() == 48
    with ours.serialization.safe_globals([list]):
        assert through(defaultdict(list, a=[1]), real, ours) == {"a": [1]}


def test_the_pickle_is_plain() -> None:
    """Of protocol 2, with names of PyTorch alone."""
    file = io.BytesIO()
    ours.save({"w": ours.nn.Parameter(ours.ones(2)), "d": ours.float32}, file)
    text = zipfile.ZipFile(file).read("archive/data.pkl")
    names = {a for op, a, _ in pickletools.genops(text) if op.name == "GLOBAL"}
    assert names == {
        "torch._utils _rebuild_parameter",
        "torch._utils _rebuild_tensor_v2",
        "torch FloatStorage",
        "torch float32",
        "collections OrderedDict",
    }


def test_a_parameter_may_have_more_rows_than_its_file_has_words() -> None:
    file = io.BytesIO()
    ours.save(ours.nn.Parameter(ours.zeros(20_000, 1)), file)
    file.seek(0)
    assert tuple(ours.load(file).shape) == (20_000, 1)


def test_whole_attention_is_saved_and_read() -> None:
    file = io.BytesIO()
    layer = ours.nn.MultiheadAttention(4, 2)
    ours.save(layer, file)
    file.seek(0)
    again = ours.load(file, weights_only=False)
    assert type(again.out_proj) is type(layer.out_proj)
