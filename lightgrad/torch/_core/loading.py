"""``torch.load``: files of PyTorch, those of old versions too; nothing in them is run."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.errors import DataError, DeviceError, DtypeError
from lightgrad.torch._core.classes import find
from lightgrad.torch._core.pickles import Refused, Unpickler
from lightgrad.torch._core.storages import Storage, StorageType

_MAGIC = 0x1950A86A20F9469CFC6C


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what ``torch.save`` wrote, here or in PyTorch.  Source: torch.load.

    A file never runs code.  With ``weights_only=False`` it may hold objects of classes of the
    program and of modules; anything else is refused by its name.

    >>> import lightgrad.torch as torch
    >>> torch.load("missing.pt")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'missing.pt'
    """
    encoding = pickle_load_args.get("encoding", "utf-8")
    how = _How(map_location, weights_only is False, encoding)
    if isinstance(f, (str, bytes, os.PathLike)):
        with open(f, "rb") as file:
            return _read(file, os.fsdecode(f), how)
    if not hasattr(f, "read"):
        raise DtypeError(
            f"load: expected a path or a file that is open for reading bytes, found a "
            f"{type(f).__name__}"
        )
    return _read(f, getattr(f, "name", type(f).__name__), how)


class _Elsewhere(DeviceError):
    """A tensor is to be on a device that is not here."""


class _How:
    """Where tensors are to be, and what else may be in the file."""

    def __init__(self, map_location: Any, whole: bool, encoding: str) -> None:
        self.map, self.whole, self.encoding = map_location, whole, encoding

    def unpickled(self, file: Any, storage: Callable[..., Any]) -> Any:
        return Unpickler(file, storage, self.whole, self.encoding, _size(file)).load()

    def placed(self, storage: Storage) -> Storage:
        """The storage where it is to be."""
        target = self.map
        if callable(target) and not isinstance(target, type):
            result = target(storage, storage.location)
            if isinstance(result, Storage):
                return Storage(storage.kind, storage.values, result.location)
            target = None
        if isinstance(target, dict):
            target = target.get(storage.location)
        if target is not None:
            storage.location = str(target)
        try:
            find(storage.location)
        except DeviceError as error:
            raise _Elsewhere(
                f"load: a tensor was saved on {storage.location!r}, which is not here ({error}); "
                f"torch.load(..., map_location='cpu') has it in the computer's own memory"
            ) from error
        return storage


def _read(file: Any, name: Any, how: _How) -> Any:
    try:
        seekable = file.seekable()
    except AttributeError:
        seekable = False
    if not seekable:
        file = io.BytesIO(file.read())
    start = file.tell()
    head = file.read(4)
    file.seek(start)
    if not isinstance(head, bytes):
        raise DtypeError("load: the file is open for reading text; open it with mode 'rb'")
    if not head:
        raise EOFError(f"load: {name} is empty, or stands at its end: seek(0) before torch.load")
    try:
        return _zip(file, how) if head[:2] == b"PK" else _legacy(file, how)
    except Refused as error:
        raise Refused(f"load: {name}: {error}") from None
    except _Elsewhere:
        raise
    except Exception as error:
        raise DataError(
            f"load: {name} is damaged, or no file of torch.save ({type(error).__name__}: {error})"
        ) from error


def _size(file: Any) -> int:
    here = file.tell()
    end: int = file.seek(0, os.SEEK_END)
    file.seek(here)
    return end


def _zip(file: Any, how: _How) -> Any:
    archive = zipfile.ZipFile(file)
    members = {info.filename: info for info in archive.infolist()}
    if len(members) != len(archive.infolist()):
        raise DataError("two members have the same name")
    if any(m.compress_type or m.compress_size != m.file_size for m in members.values()):
        raise DataError("a member is compressed, which torch.save never does")
    if sum(m.file_size for m in members.values()) > _size(file):
        raise DataError("its members are larger than the file")
    top = next((n[: -len("data.pkl")] for n in members if n.endswith("/data.pkl")), None)
    if top is None:
        raise DataError("it has no data.pkl; a file of torch.jit.save is another kind")
    order = archive.read(members[f"{top}byteorder"]) if f"{top}byteorder" in members else b"little"
    swapped = (order.strip() == b"little") != np.little_endian
    made: dict[str, Storage] = {}

    def storage(tag: Any, kind: Any, key: Any, location: Any, count: Any) -> Storage:
        _check(tag, kind, key, location)
        if key not in made:
            info = members[f"{top}data/{key}"]
            if info.file_size != count * kind.stored.itemsize:
                raise DataError(f"storage {key} has {info.file_size} bytes for {count} elements")
            data = bytearray(info.file_size)
            with archive.open(info) as member:
                member.readinto(data)  # type: ignore[attr-defined]
                member.read(1)  # its checksum is compared at the end
            made[key] = how.placed(Storage(kind, kind.values(data, swapped), location))
        return made[key]

    return how.unpickled(io.BytesIO(archive.read(members[f"{top}data.pkl"])), storage)


def _check(tag: Any, kind: Any, key: Any, location: Any) -> None:
    texts = isinstance(key, str) and isinstance(location, str)
    if tag != "storage" or not isinstance(kind, StorageType) or not texts:
        raise DataError(f"something else in place of a storage: {tag!r}, {kind!r}, {key!r}")


def _legacy(file: Any, how: _How) -> Any:
    plain = _How(None, False, how.encoding)
    if plain.unpickled(file, _nothing) != _MAGIC:
        raise DataError("it does not begin as a file of torch.save does")
    plain.unpickled(file, _nothing)  # the version
    system = plain.unpickled(file, _nothing)
    swapped = bool(system.get("little_endian", True)) != np.little_endian
    made: dict[str, Storage] = {}
    size = _size(file)
    room = size - file.tell()

    def storage(tag: Any, kind: Any, key: Any, location: Any, count: Any, view: Any) -> Storage:
        nonlocal room
        _check(tag, kind, key, location)
        if view is not None:
            raise DataError("a storage that is a view of another, as before PyTorch 0.4")
        if key not in made:
            nbytes = count * kind.stored.itemsize
            room -= nbytes
            if type(count) is not int or nbytes < 0 or room < 0:
                raise DataError(f"storage {key} of {count} elements is larger than the file")
            made[key] = how.placed(Storage(kind, np.zeros(count, kind.dtype), location))
        return made[key]

    result = how.unpickled(file, storage)
    for key in plain.unpickled(file, _nothing):
        (count,) = struct.unpack("<q" if not swapped else ">q", file.read(8))
        into = made[key]
        if count != into.values.size:
            raise DataError(f"storage {key} has {count} elements, and not {into.values.size}")
        data = bytearray(file.read(count * into.kind.stored.itemsize))
        into.values[...] = into.kind.values(data, swapped)
        if into._flat is not None and into.flat._data is not into.values:
            into.flat.copy_(find("cpu")(into.values).to(into.flat.device))
    return result


def _nothing(*_: Any) -> Any:
    raise DataError("a tensor where none can be")
