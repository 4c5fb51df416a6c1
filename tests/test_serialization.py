"""save and load: what comes back, and how files are written."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import ArgumentError, DataError, DeviceError, DtypeError

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]


def back(obj: Any, folder: Path, **kwargs: Any) -> Any:
    path = folder / "file.npz"
    light.save(obj, path)
    return light.load(path, **kwargs)


def nested(levels: int) -> Any:
    obj: Any = ()
    for _ in range(levels):
        obj = (obj,)
    return obj


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_tensors_come_back(dtype: str, shape: Any, tmp_path: Path) -> None:
    t = light.tensor(np.arange(6)[: int(np.prod(shape))].reshape(shape), dtype=dtype)
    found = back(t, tmp_path)
    assert type(found) is light.CpuTensor
    assert (found.dtype, found.shape) == (dtype, shape)
    np.testing.assert_array_equal(found.numpy(), t.numpy())
    assert found.requires_grad == t.requires_grad == dtype.startswith("float")


def test_flags_names_and_results(tmp_path: Path) -> None:
    named = light.tensor([1.0], name="weight")
    found = back([named, light.ones(2, requires_grad=False), named * 2], tmp_path)
    assert [t.requires_grad for t in found] == [True, False, True]
    assert [t.name for t in found] == ["weight", None, None]
    assert found[2].is_leaf and found[2].tolist() == [2]
    assert all(t.grad is None for t in found)


def test_nesting_keys_and_scalars_come_back(tmp_path: Path) -> None:
    obj = {
        "text": "ünïcode \n",
        "none": None,
        "flags": [True, False],
        "ints": (1, -(2**80), 0, 10**5000, -(10**5000)),
        10**5000: nested(150),
        "floats": [0.1, 1e-320, float("inf"), -0.0],
        0: {1: {"deep": ((), [], {})}},
        -3: "negative key",
        (1, "a"): "tuple key",
        None: 1,
        2.5: 2,
        True and "t": 3,
        "kind": {"kind": "tensor", "member": "0"},
    }
    found = back(obj, tmp_path)
    assert found == obj
    assert list(found) == list(obj)
    assert [type(k) for k in found] == [type(k) for k in obj]
    assert type(found["ints"]) is tuple and type(found["flags"][0]) is bool
    assert str(found["floats"][3]) == "-0.0"
    assert np.isnan(back(float("nan"), tmp_path))


def test_arrays_scalars_and_dtypes_come_back(tmp_path: Path) -> None:
    obj = {"a": np.arange(6.0).reshape(2, 3).T, "s": np.float16(1.5), "d": light.float16}
    obj["words"] = np.array(["a", "bc"])
    found = back(obj, tmp_path)
    np.testing.assert_array_equal(found["a"], obj["a"])
    assert type(found["s"]) is np.float16 and found["s"] == 1.5
    assert found["d"] == light.float16
    assert found["words"].tolist() == ["a", "bc"]


def test_a_tensor_that_occurs_twice_stays_one(tmp_path: Path) -> None:
    w = light.ones(3)
    found = back({"in": w, "out": [w], "other": light.ones(3)}, tmp_path)
    assert found["in"] is found["out"][0]
    assert found["other"] is not found["in"]


def test_subclasses_of_containers_become_plain(tmp_path: Path) -> None:
    found = back(OrderedDict(b=1, a=2), tmp_path)
    assert type(found) is dict and list(found) == ["b", "a"]


def test_the_generator_state_comes_back(tmp_path: Path) -> None:
    g = light.Generator(2**64 - 1)
    g.reserve(2**70)
    assert back(g.get_state(), tmp_path) == g.get_state()


# ----------------------------------------------------------------- the file


def test_the_name_is_kept_and_the_file_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "model.state"
    light.save([1], path)
    light.save([2], str(path))
    assert light.load(path) == [2]
    assert os.listdir(tmp_path) == ["model.state"]


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "model.npz"
    light.save([1], path)

    def full(file: Any, *args: Any, **kwargs: Any) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(DataError, match="save: cannot write '.*model.npz': .*No space left"):
        light.save([2], path)
    monkeypatch.undo()
    assert light.load(path) == [1]
    assert os.listdir(tmp_path) == ["model.npz"]


posix = pytest.mark.skipif(os.name != "posix", reason="of POSIX systems")


@posix
def test_what_a_killed_save_has_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    light.save([1], path)
    code = f"""
import os, signal, numpy, lightgrad
def kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
numpy.lib.format.write_array = kill
lightgrad.save([2], {str(path)!r})
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 2 and light.load(path) == [1]
    light.save([3], path)
    assert os.listdir(tmp_path) == ["model.npz"] and light.load(path) == [3]


def test_savers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: light.save([n, np.full(999, n)], path), range(40)))
    n, array = light.load(path)
    assert (array == n).all() and os.listdir(tmp_path) == ["model.npz"]


@posix
def test_rights_of_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    for mode in (0o600, 0o664, 0o755):
        path.touch()
        path.chmod(mode)
        light.save([1], path)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    before = os.umask(0o077)
    try:
        light.save([1], tmp_path / "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


@posix
def test_links_devices_and_pipes_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    light.save([1], tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and light.load(tmp_path / "file") == [1]
    light.save([light.ones(2)], "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    if os.path.exists("/dev/full"):
        with pytest.raises(DataError, match="cannot write '/dev/full': .*No space"):
            light.save([1], "/dev/full")
    os.mkfifo(tmp_path / "fifo")
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(light.load, tmp_path / "fifo")
        light.save({"w": light.ones(2)}, tmp_path / "fifo")
        assert found.result(30)["w"].tolist() == [1, 1]
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


@posix
@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    light.save([1], path)
    path.chmod(0o444)
    with pytest.raises(DataError, match="read-only"):
        light.save([2], path)
    assert light.load(path) == [1]


class OnlyWrites:
    """Takes at most ten bytes at once, as a socket may."""

    def __init__(self) -> None:
        self.got = b""

    def write(self, data: bytes) -> int:
        self.got += data[:10]
        return len(data[:10])


def test_open_files(tmp_path: Path) -> None:
    obj = {"w": light.arange(3), "n": (1, None)}
    memory, stream = io.BytesIO(), OnlyWrites()
    memory.write(b"before")
    light.save(obj, memory)
    light.save(obj, stream)
    with open(tmp_path / "appended", "ab") as file:
        light.save(obj, file)
    memory.seek(6)
    for source in (memory, io.BytesIO(stream.got), tmp_path / "appended"):
        found = light.load(source)
        assert found["w"].tolist() == [0, 1, 2] and found["n"] == (1, None)
    with open(tmp_path / "appended", "rb", buffering=0) as file:
        assert light.load(file)["n"] == (1, None)
    light.save([2], memory)  # which of the two is meant?
    memory.seek(6)
    with pytest.raises(DataError, match="something else lies before or behind it"):
        light.load(memory)


def test_files_that_are_none(tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    for wrong in (None, 3, io.StringIO()):
        with pytest.raises(DtypeError, match=r"save: expected a path, or .*\(mode 'wb'\), not"):
            light.save([1], wrong)  # type: ignore[arg-type]
        with pytest.raises(DtypeError, match=r"load: expected a path, or .*\(mode 'rb'\), not"):
            light.load(wrong)  # type: ignore[arg-type]
    for obj in ({"a": 1}, [1], light.ones(2)):
        with pytest.raises(DtypeError, match="the object comes first and the path second"):
            light.save(path, obj)  # type: ignore[arg-type]
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(DataError, match="save: cannot write the BytesIO: .*closed"):
        light.save([1], closed)
    with pytest.raises(DataError, match="load: cannot read the BytesIO: .*closed"):
        light.load(closed)


def test_unusual_names(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    for name in (b"bytes", b"x" * 255, "ü".encode() * 100, b" "):
        light.save([1], folder + b"/" + name)
        assert light.load(folder + b"/" + name) == [1]
    for wrong in (b"a\0b", b"x" * 300, b"no/where", b"", b"new/"):
        with pytest.raises(DataError, match="save: cannot write"):
            light.save([1], folder + b"/" + wrong)
        with pytest.raises(DataError, match="load: cannot open"):
            light.load(folder + b"/" + wrong)


def test_nothing_is_written_when_the_object_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        light.save([object()], tmp_path / "x.npz")
    assert os.listdir(tmp_path) == []


def looped() -> Any:
    obj: list[Any] = [1]
    obj.append({"again": obj})
    return obj


@pytest.mark.parametrize(
    "obj, text",
    [
        ({"a": [1, object()]}, r"save: obj\['a'\]\[1\] is a object, which cannot be saved"),
        ({"a": {1, 2}}, r"obj\['a'\] is a set"),
        ([1 + 2j], r"obj\[0\] is a complex"),
        ({"f": print}, r"obj\['f'\] is a builtin_function"),
        ({"o": np.array([None])}, r"obj\['o'\] is an array of Python objects \(dtype object\)"),
        ([{b"k": 1}], r"obj\[0\] has the key b'k' of type bytes"),
        (nested(250), r"obj\[0\].*is nested more than 200 levels deep"),
        (nested(10**4), r"nested more than 200"),
        ({nested(250): 1}, r"nested more than 200"),
        (np.ma.array([1, 2], mask=[0, 1]), r"obj is a MaskedArray, of which all but.*a mask"),
        (np.dtype([("a", "f4")]), r"obj is a .*, which cannot be saved"),
        (light.nn.Linear(1, 1), r"obj is a Linear, .*use its state_dict\(\)"),
        (light.Generator(1), r"obj is a Generator"),
        (looped(), r"obj\[1\]\['again'\] contains itself"),
    ],
)
def test_what_cannot_be_saved_is_named(obj: Any, text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=text):
        light.save(obj, tmp_path / "x.npz")


def test_missing_folders_and_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="save: cannot write .*nowhere.*No such file"):
        light.save(1, tmp_path / "nowhere" / "x.npz")
    with pytest.raises(DataError, match="load: cannot open .*gone.npz': No such file"):
        light.load(tmp_path / "gone.npz")
    with pytest.raises(DataError, match="load: cannot open .*directory"):
        light.load(tmp_path)


# ----------------------------------------------------------------- devices


def test_devices(tmp_path: Path) -> None:
    class Away(light.CpuTensor):
        device_name = "away"

        @staticmethod
        def from_numpy(a: Any, requires_grad: bool = True) -> Any:
            return Away(a, requires_grad)

    path = tmp_path / "x.npz"
    light.save({"w": Away(np.ones(2, np.float32), requires_grad=True)}, path)
    with pytest.raises(DeviceError, match="saved on the device 'away', which is not registered"):
        light.load(path)
    found = light.load(path, device="cpu")["w"]
    assert type(found) is light.CpuTensor and found.requires_grad
    assert type(light.load(path, device=Away)["w"]) is Away
    with pytest.raises(DeviceError, match="no device is called 'moon'"):
        light.load(path, device="moon")


def test_torchs_word_for_files_without_code(tmp_path: Path) -> None:
    light.save({"w": light.tensor([1.0, 2.0])}, tmp_path / "a.npz")
    assert light.load(tmp_path / "a.npz", weights_only=True)["w"].tolist() == [1, 2]
    with pytest.raises(ArgumentError, match=r"weights_only=False would let a file run code"):
        light.load(tmp_path / "a.npz", weights_only=False)
