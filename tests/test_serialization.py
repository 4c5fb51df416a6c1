"""save and load: what comes back, and what happens to files that are not whole."""

from __future__ import annotations

import os
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import DataError, DeviceError

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]


def back(obj: Any, folder: Path, **kwargs: Any) -> Any:
    path = folder / "file.npz"
    light.save(obj, path)
    return light.load(path, **kwargs)


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
        "ints": (1, -(2**80), 0),
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

    def full(*args: Any, **kwargs: Any) -> None:
        args[0].write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DataError, match="save: cannot write '.*model.npz': .*No space left"):
        light.save([2], path)
    monkeypatch.undo()
    assert light.load(path) == [1]
    assert os.listdir(tmp_path) == ["model.npz"]


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


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_foreign_files(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    for content in (b"", b"PK", b"hello world", b"\x80\x04K\x01."):
        with pytest.raises(DataError, match="empty, or not a file that lightgrad.save wrote"):
            light.load(write(path, content))
    np.savez(path, a=np.ones(2))
    with pytest.raises(DataError, match="archive that lightgrad.save did not write"):
        light.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DataError, match="did not write"):
        light.load(path)
    np.savez(path, lightgrad=np.frombuffer(b'{"version": 99}', np.uint8))
    with pytest.raises(DataError, match="is of version 99, and this lightgrad reads version 1"):
        light.load(path)


@pytest.mark.parametrize(
    "text",
    [
        b"not json",
        b"[1]",
        b'{"version": 1}',
        b'{"version": 1, "tree": {"kind": "riddle", "member": "0"}}',
        b'{"version": 1, "tree": {"kind": "tensor", "member": "0"}}',
        b'{"version": 1, "tree": {"kind": "dict", "items": [[{"kind": "list", "items": []}, 1]]}}',
    ],
)
def test_damaged_descriptions(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, lightgrad=np.frombuffer(text, np.uint8))
    with pytest.raises(DataError, match="is damaged or cut off"):
        light.load(path)


def test_pickled_members_are_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    light.save({"a": 1}, path)
    with zipfile.ZipFile(path) as archive:
        head = archive.read("lightgrad.npy")
    np.savez(path, evil=np.array([print], object), allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("lightgrad.npy", head)
    with pytest.raises(DataError, match="allow_pickle=False"):
        light.load(path)


def test_a_cut_off_file_is_noticed_wherever_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    light.save({"w": light.arange(20), "b": (1.5, None)}, path)
    whole = path.read_bytes()
    for end in range(0, len(whole), 11):
        with pytest.raises(DataError, match="empty, or not|damaged or cut off"):
            light.load(write(path, whole[:end]))


def test_a_damaged_byte_is_noticed_or_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    light.save({"w": light.arange(20), "b": (1.5, None)}, path)
    whole, noticed = path.read_bytes(), 0
    for i in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[i] ^= 0x5A
        try:
            found = light.load(write(path, bytes(damaged)))
        except DataError:
            noticed += 1
        else:
            assert found["w"].tolist() == list(range(20))
            assert found["b"] == (1.5, None)
    assert noticed > len(whole) / 3 / 2


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
