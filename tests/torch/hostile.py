"""Checkpoints that are damaged or mean harm: ``python -m tests.torch.hostile 10000`` reads so many.

Each must be read, or be an error that says so, within bounded time and memory, with nothing run.
"""

from __future__ import annotations

import functools
import io
import os
import pickle
import random
import struct
import sys
import time
import tracemalloc
import warnings
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import torch as real

import lightgrad.torch as ours
from lightgrad.errors import LightgradError

#: what a call in a file would leave behind
SEEN: list[str] = []
#: seconds and bytes that a file may take
SECONDS, BYTES = 10.0, 64_000_000

Make = Callable[[random.Random], bytes]
MAKES: dict[str, Make] = {}


def make(function: Make) -> Make:
    MAKES[function.__name__] = function
    return function


def harm(*_: Any) -> str:
    SEEN.append("harm")
    return "harm"


class Call:
    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


def content(n: int) -> Any:
    x = real.arange(24.0).reshape(4, 6)
    return {
        "w": x,
        "view": x[1:, ::2],
        "t": x.t(),
        "p": real.nn.Parameter(real.ones(n)),
        "i": real.arange(5),
        "o": OrderedDict(a=real.zeros(2, dtype=real.float16), b=[1, (2.5, None)]),
        "s": x.shape,
        "d": [real.float64, real.device("cpu"), real.tensor(3)],
    }


@functools.cache
def written(n: int, new: bool) -> bytes:
    file = io.BytesIO()
    real.save(content(n), file, _use_new_zipfile_serialization=new)
    return file.getvalue()


def saved(rng: random.Random, new: bool = True) -> bytes:
    return written(rng.randrange(1, 9), new)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], **how: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def with_pickle(text: bytes, rng: random.Random, more: dict[str, bytes] | None = None) -> bytes:
    if rng.random() < 0.3 and more is None:
        heads = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
        return b"".join(pickle.dumps(h, 2) for h in heads) + text + pickle.dumps([], 2)
    return packed({"archive/data.pkl": text, "archive/version": b"3\n", **(more or {})})


def word(text: str) -> bytes:
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(n: int) -> bytes:
    data = n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def numbers(values: Any) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(
    count: int, offset: int, size: Any, stride: Any, kind: str = "FloatStorage", key: str = "0"
) -> bytes:
    memory = b"(" + word("storage") + f"ctorch\n{kind}\n".encode() + word(key) + word("cpu")
    memory += number(count) + b"tQ"
    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n("
        + (memory + number(offset) + numbers(size) + numbers(stride))
        + b"\x89ccollections\nOrderedDict\n)RtR."
    )


@make
def flipped(rng: random.Random) -> bytes:
    data = bytearray(saved(rng, rng.random() < 0.6))
    for _ in range(rng.choice([1, 1, 2, 8, 40])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


@make
def cut(rng: random.Random) -> bytes:
    data = saved(rng, rng.random() < 0.6)
    a, b = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    return rng.choice([data[:a], data[a:], data[:a] + data[b:], data[:b] + data[a:]])


@make
def pickle_flipped(rng: random.Random) -> bytes:
    """As only the pickle is changed, its checksum is right."""
    parts = members(saved(rng))
    text = bytearray(parts["archive/data.pkl"])
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(text))
        n = rng.choice([0, 1, 1, 1, 3])
        text[at : at + n] = rng.randbytes(rng.choice([n, n, n, 2]))
    parts["archive/data.pkl"] = bytes(text)
    return packed(parts)


@make
def entries(rng: random.Random) -> bytes:
    """Members that are there twice, under other names, missing, longer, or packed."""
    parts = members(saved(rng))
    name, other = rng.choice([*parts]), rng.choice([*parts])
    kind = rng.randrange(7)
    if kind == 0:
        del parts[name]
    elif kind == 1:
        parts[name], parts[other] = parts[other], parts[name]
    elif kind == 2:
        parts[rng.choice(["../../x", "/etc/x", "archive\\data.pkl", "\xff", "a/data.pkl"])] = b"1"
        if rng.random() < 0.5:
            return packed(parts).replace(b"archive/ver", b"\xff\xfe\x80hive/ver"[:11])
    elif kind == 3:
        parts[name] = parts[name] * rng.choice([0, 2, 3])
    elif kind == 4:
        return packed(parts, compression=zipfile.ZIP_DEFLATED)
    elif kind == 5:
        parts["archive/byteorder"] = rng.choice([b"big", b"", b"\xff", b"middle"])
    else:
        file = io.BytesIO(packed(parts))
        with zipfile.ZipFile(file, "a") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr(name, parts[other])
        return file.getvalue()
    return packed(parts)


@make
def bombs(rng: random.Random) -> bytes:
    """A little that is to become much."""
    n = rng.choice([10**5, 10**7])
    if rng.random() < 0.5:
        parts = members(saved(rng))
        parts["archive/data/0"] = bytes(n)
        return packed(parts, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(saved(rng))
    for mark, places in ((b"PK\x01\x02", (20, 24, 42)), (b"PK\x03\x04", (18, 22))):
        at = data.find(mark, rng.randrange(len(data) // 2))
        place = at + rng.choice(places)
        if at >= 0 and place + 4 <= len(data):
            data[place : place + 4] = struct.pack("<I", rng.choice([0, n, 2**31, 2**32 - 1]))
    return bytes(data)


@make
def quines(rng: random.Random) -> bytes:
    """A file in a file, behind another, or before another."""
    data = saved(rng)
    inner = packed({"archive/data.pkl": data, "archive/data/0": data})
    return rng.choice([inner, data + data, b"PK" + data, data + inner[:50], inner + data])


_ODD = (-1, 0, 1, 2, 6, 7, 2**31, 2**62, 2**63, 2**70, -(2**63))


@make
def shapes(rng: random.Random) -> bytes:
    """Tensors whose sizes, strides, offsets, counts, dtypes and memories are not so."""
    odd = lambda: rng.choice(_ODD)  # noqa: E731
    n = rng.randrange(5)
    text = tensor(
        rng.choice([6, 6, odd()]),
        rng.choice([0, 0, odd()]),
        [rng.choice([1, 2, odd()]) for _ in range(n)],
        [rng.choice([0, 1, 2, odd()]) for _ in range(rng.choice([n, n, n, n + 1]))],
        rng.choice(["FloatStorage"] * 3 + ["BoolStorage", "DoubleStorage", "NoStorage", "Size"]),
        rng.choice(["0", "0", "0", "1", "../data.pkl", "\xe9"]),
    )
    return with_pickle(text, rng, {"archive/data/0": bytes(24)})


@make
def memories(rng: random.Random) -> bytes:
    """Something else than a memory where one is named."""
    thing = rng.choice([b"N", b")", b"(K\x01t", b"]", word("storage"), b"(" + word("x") * 5 + b"t"])
    more = b"(" + word("storage") + b"cbuiltins\nint\n" + word("0") + word("cpu") + b"K\x01t"
    return with_pickle(b"\x80\x02" + rng.choice([thing, more]) + b"Q.", rng)


@make
def deep(rng: random.Random) -> bytes:
    n = rng.choice([100, 2_000, 100_000])
    start, end = rng.choice([(b"(", b"l"), (b"(", b"t"), (b"(K\x01", b"d"), (b"]", b"a")])
    return with_pickle(b"\x80\x02" + start * n + b"N" + end * n + b".", rng)


@make
def memos(rng: random.Random) -> bytes:
    """Lists that hold the one before many times, or themselves; memos with large numbers."""
    kind = rng.randrange(4)
    if kind == 0:
        text = b"".join(b"(" + b"h\x00" * 9 + b"lq\x00" for _ in range(rng.choice([5, 30])))
        return with_pickle(b"\x80\x02]q\x00" + text + b".", rng)
    if kind == 1:
        return with_pickle(b"\x80\x02Nr" + struct.pack("<I", rng.getrandbits(32)) + b".", rng)
    if kind == 2:
        return with_pickle(b"\x80\x02]q\x00h\x00a.", rng)
    name = rng.choice([b"cbuiltins\nset\n", b"cbuiltins\nbytearray\n", b"ctorch\nSize\n"])
    text = b"(" + b"K\x01" * 200 + b"tq\x00" + (name + b"h\x00\x85R") * 2_000
    return with_pickle(b"\x80\x02" + text + b".", rng)


@make
def lengths(rng: random.Random) -> bytes:
    """Text, bytes and numbers that are said to be longer than the file."""
    op, form = rng.choice([(b"X", "<I"), (b"T", "<I"), (b"\x8b", "<I"), (b"B", "<I")])
    wide = rng.choice([b"\x8d", b"\x8e", b"\x96", b"\x95"])
    n = rng.choice([10**6, 2**31 - 1, 2**32 - 1])
    text = rng.choice([op + struct.pack(form, n), wide + struct.pack("<Q", rng.choice([n, 2**63]))])
    return with_pickle(b"\x80\x04" + text + b"abc.", rng)


_CALLS = (
    *((os.system, "touch harm"), (eval, "1"), (exec, "1"), (getattr, 1, "real"), (harm,)),
    *((__import__, "os"), (open, "harm", "w"), (bytes, 10**12), (bytearray, 10**12)),
    *((print, "harm"), (os.path.join, "a"), (pickle.loads, b"N."), (real.load, "a"), (range, 9)),
    *((real.zeros, 10**9), (io.BytesIO, b""), (random.Random, 1), (type, "a", (), {})),
)


@make
def calls(rng: random.Random) -> bytes:
    """Calls of what is not to be called, alone or within something else."""
    function, *args = rng.choice(_CALLS)
    thing: Any = Call(function, *args)
    thing = rng.choice([thing, [thing], {"a": thing}, OrderedDict(a=thing), (1, thing)])
    return with_pickle(pickle.dumps(thing, rng.choice([2, 2, 4])), rng)


_NAMES = (
    *("os\nsystem", "builtins\neval", "torch\nload", "torch.nn\nLinear", "numpy\nload"),
    *("tests.torch.hostile\nharm", "torch._utils\n__builtins__", "collections\nOrderedDict"),
    *("torch\nTensor", "torch\nfloat32", "torch.nn.functional\nrelu", "\xff\nx"),
    *("torch._C._nn\ngelu", "torch.serialization\nload", "lightgrad.torch\nsave"),
    *("lightgrad\nos", "copyreg\n_reconstructor", "collections\ndefaultdict"),
    *("torch.nn.parameter\nParameter", "numpy\ndtype", "builtins\nobject"),
)


@make
def states(rng: random.Random) -> bytes:
    """Names, calls with odd arguments, and new states for whatever there is."""
    name = b"c" + rng.choice(_NAMES).encode("latin1") + b"\n"
    args = rng.choice(
        [b")", b"K\x01\x85", b"N\x85", b"}\x85", b"(NNNNt", b"]", word("harm") + b"\x85"]
    )
    state = rng.choice(
        [b"}" + word("__class__") + b"Nsb", b"}" + word("append") + b"Nsb", b"Nb", b""]
    )
    ops = rng.choice([b"R", b"\x81", b"\x92", b"o", b"", b"0"])
    return with_pickle(b"\x80\x02" + name + args + ops + state + b".", rng)


@make
def streams(rng: random.Random) -> bytes:
    """Opcodes and bytes by chance."""
    ops = [op.encode("latin1") for n in dir(pickle) if n.isupper() and (op := _op(n))]
    text = b"".join(rng.choice([*ops, rng.randbytes(1)]) for _ in range(rng.randrange(1, 60)))
    return with_pickle(b"\x80\x02" + text + b".", rng)


def _op(name: str) -> str:
    value = getattr(pickle, name)
    return value.decode("latin1") if isinstance(value, bytes) and len(value) == 1 else ""


def files(n: int, seed: int = 0) -> Any:
    """So many files, of each kind in turn, and the names of the kinds."""
    kinds = [*MAKES]
    for i in range(n):
        yield kinds[i % len(kinds)], MAKES[kinds[i % len(kinds)]](random.Random(seed * 10**6 + i))


def attempt(data: bytes, whole: bool) -> str:
    """Read a file: "read", or "refused"; anything else is an error here."""
    before, start = tracemalloc.get_traced_memory()[0], time.process_time()
    if tracemalloc.is_tracing():
        tracemalloc.reset_peak()
    try:
        ours.load(io.BytesIO(data), weights_only=not whole)
        result = "read"
    except (LightgradError, EOFError) as error:
        assert str(error).startswith("load: ") and len(str(error)) < 2_000, error
        result = "refused"
    taken = tracemalloc.get_traced_memory()[1] - before
    assert taken < BYTES + 60 * len(data), f"{taken} bytes for a file of {len(data)}"
    assert time.process_time() - start < SECONDS, "it took too long"
    assert not SEEN and not os.path.exists("harm"), "something ran"
    return result


def survey(n: int, seed: int = 0) -> Counter[str]:
    """What became of so many files; an error where one was let through."""
    counts: Counter[str] = Counter()
    for i, (kind, data) in enumerate(files(n, seed)):
        try:
            counts[f"{kind}: {attempt(data, whole=i // len(MAKES) % 2 == 1)}"] += 1
        except BaseException as error:
            raise AssertionError(f"file {i} of {kind}, seed {seed}: {error!r}") from error
    return counts


if __name__ == "__main__":
    tracemalloc.start()
    found = survey(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    for name, count in sorted(found.items()):
        print(f"{count:6}  {name}")
