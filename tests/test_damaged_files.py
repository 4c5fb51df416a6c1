"""load: files that are damaged, cut off, foreign or made to do harm."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import DataError


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
        b'{"version": 1, "tree": {"kind": "dtype", "value": "(2,"}}',  # a SyntaxError of NumPy's
        b'{"version": 1, "tree": {"kind": "dtype", "value": "f4,f4"}}',
        b'{"version": 1, "tree": {"kind": "dict", "items": [[{"kind": "list", "items": []}, 1]]}}',
    ],
)
def test_damaged_descriptions(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, lightgrad=np.frombuffer(text, np.uint8))
    with pytest.raises(DataError, match="is damaged or cut off"):
        light.load(path)


def archive_of(tree: str, path: Path, **members: Any) -> Path:
    text = f'{{"version": 1, "tree": {tree}}}'.encode()
    np.savez(path, lightgrad=np.frombuffer(text, np.uint8), **members)
    return path


MEMBER = '{"kind": "array", "member": "m"}'


def test_pickled_members_are_never_opened(tmp_path: Path) -> None:
    evil = np.array([print], object)
    path = archive_of(MEMBER, tmp_path / "x.npz", m=evil)
    with pytest.raises(DataError, match="allow_pickle=False"):
        light.load(path)
    with pytest.raises(DataError, match="members that save.* did not write: .'m.npy'"):
        light.load(archive_of("1", path, m=evil))


def rewritten(path: Path, content: bytes, **how: Any) -> Path:
    """The archive with another content of its member m."""
    with zipfile.ZipFile(path) as archive:
        head = archive.read("lightgrad.npy")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lightgrad.npy", head)
        for name in how.pop("names", ["m.npy"]):
            archive.writestr(name, content, **how)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_file_takes_more_memory_than_it_has_bytes(tmp_path: Path) -> None:
    path = archive_of(MEMBER, tmp_path / "x.npz")
    zeros = io.BytesIO()
    np.save(zeros, np.zeros(10**6))
    lying = zeros.getvalue()[:128]
    tracemalloc.start()
    try:
        packed = {"compress_type": zipfile.ZIP_DEFLATED}
        for content, how, text in (
            (zeros.getvalue(), packed, "compressed, which save"),
            (zeros.getvalue(), packed | {"names": ["unasked.npy"]}, "compressed"),
            (lying, {}, "has not the size of float64"),
            (lying.replace(b"(1000000,)", b"(-3, -4)  "), {}, "has not the size"),
            (lying.replace(b"(1000000,)", b"(((((((((("), {}, "a header of NumPy's"),
            (lying, {"names": ["m.npy", "m.npy"]}, "same name"),
            (lying, {"names": ["m.npy", "../../m.npy"]}, "has not the size"),
            (b"", {"names": []}, "KeyError"),
        ):
            rewritten(path, content, **how)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with pytest.raises(DataError, match=text):
                light.load(path)
            assert tracemalloc.get_traced_memory()[1] - before < 10**6
    finally:
        tracemalloc.stop()


def test_flipped_bytes_are_errors_of_ours() -> None:
    memory, rng, refused = io.BytesIO(), random.Random(0), 0
    light.save({"w": light.arange(20), "b": (1.5, None, 10**5000, np.float32(2))}, memory)
    whole = memory.getvalue()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 5, 30])):
            data[rng.randrange(len(data))] = rng.choice([0, 255, rng.randrange(256)])
        try:
            light.load(io.BytesIO(data))
        except DataError:
            refused += 1
    assert refused > 200


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
