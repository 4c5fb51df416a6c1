"""One file with several arrays: written whole or not at all, read no further than asked.

The file is an uncompressed ``.npz``, so reading it never takes more memory than it has bytes.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy

from lightgrad.errors import DataError, DtypeError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: what NumPy, zipfile and json raise on files that are cut off or damaged
DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


def shown(target: Any) -> str:
    """A path, or a file, as messages name it."""
    if isinstance(target, (str, bytes, os.PathLike)):
        return repr(os.fsdecode(target))
    return f"the {type(target).__name__}"


def is_path(target: Any) -> bool:
    return isinstance(target, (str, bytes, os.PathLike))


# ----------------------------------------------------------------- writing


def write(target: Any, members: Mapping[str, np.ndarray]) -> None:
    """Write arrays to a path, or into a file that is open for writing bytes."""
    try:
        if not is_path(target):
            _write_into(_Stream(target), members)
            return
        path = os.fsdecode(target)
        status = _status(path)
        if status and not stat.S_ISREG(status.st_mode):
            with open(path, "wb") as file:  # a pipe or a device stays what it is
                _write_into(_Stream(file), members)
        else:
            _replace(os.path.realpath(path), status, members)
    except (OSError, ValueError) as error:  # ValueError: of names with NUL, and of closed files
        raise DataError(f"save: cannot write {shown(target)}: {error}") from error


class _Stream:
    """A file that only goes on: not all that can be written to can go back, or say so."""

    def __init__(self, file: Any) -> None:
        self._file = file
        try:
            file.write(b"")
        except (TypeError, AttributeError):
            raise DtypeError(
                f"save: expected a path, or a file that is open for writing bytes (mode 'wb'), "
                f"not {type(file).__name__}; the arguments are save(object, path)"
            ) from None

    def write(self, data: bytes) -> int:
        rest = data
        while rest:  # without a buffer, a file may take a part only
            count = self._file.write(rest)
            rest = b"" if count is None else rest[count:]
        return len(data)

    def flush(self) -> None:
        getattr(self._file, "flush", int)()


def _write_into(file: Any, members: Mapping[str, np.ndarray]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, array, allow_pickle=False)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        if not os.path.basename(path):
            raise
        return None


def _replace(path: str, old: os.stat_result | None, members: Mapping[str, np.ndarray]) -> None:
    """Write beside ``path``, with the rights of what is there, and then take its place."""
    if old and not os.access(path, os.W_OK):
        raise PermissionError("the file is read-only")
    folder, name = os.path.split(path)
    # A name of at most 255 bytes, from the whole of it: what a killed process left is found again.
    stem = f".{name}." if len(os.fsencode(name)) < 230 else f".{zlib.crc32(os.fsencode(name)):08x}."
    _remove_abandoned(folder, stem)
    part, file = _create(folder, stem, 0o666 if old is None else stat.S_IMODE(old.st_mode))
    try:
        with file:
            _write_into(file, members)
            if old is not None:
                _copy_rights(path, old, file.fileno())
            file.flush()
            os.fsync(file.fileno())
            if os.name != "nt":  # while it is locked, so that nobody takes it for abandoned
                os.replace(part, path)
        if os.name == "nt":
            os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)


def _create(folder: str, stem: str, mode: int) -> tuple[str, Any]:
    while True:
        part = os.path.join(folder, f"{stem}{os.urandom(6).hex()}.part")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(part, flags, mode), "w+b")
        # Locked, so that others can tell it from one whose writer was killed; who came between
        # has locked it first, to remove it.
        if not _lock(file.fileno(), wait=True) or os.path.exists(part):
            return part, file
        file.close()


def _lock(number: int, wait: bool = False) -> bool:
    """Whether the file is now locked for this process; not where that cannot be."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _remove_abandoned(folder: str, stem: str) -> None:
    """Delete what an earlier `save` of this file, killed half way, has left."""
    part = re.compile(re.escape(stem) + "[0-9a-f]{12}[.]part")
    for name in filter(part.fullmatch, os.listdir(folder)):
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            number = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            try:
                if _lock(number):
                    os.unlink(path)
            finally:
                os.close(number)


def _copy_rights(path: str, old: os.stat_result, number: int) -> None:
    """Owner, mode and access lists of the file that is replaced, as far as they may be given."""
    if hasattr(os, "fchown"):
        with contextlib.suppress(OSError):
            os.fchown(number, old.st_uid, old.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(path):
                os.setxattr(number, name, os.getxattr(path, name))
    if hasattr(os, "fchmod"):
        os.fchmod(number, stat.S_IMODE(old.st_mode))


# ----------------------------------------------------------------- reading


_BLOCK = 1 << 20


def _header(data: bytearray) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, order and dtype of an array in NumPy's format, and where its values begin."""
    file = io.BytesIO(data[:_BLOCK])
    read = {1: npy.read_array_header_1_0, 2: npy.read_array_header_2_0}
    try:
        return *read[npy.read_magic(file)[0]](file), file.tell()
    except Exception as error:  # NumPy parses it as Python, which may raise anything
        raise ValueError(f"a header of NumPy's that cannot be read: {error}") from error


class Archive:
    """The members of a file, each read when it is asked for."""

    def __init__(self, file: Any, size: int, start: int) -> None:
        self._zip = zipfile.ZipFile(file)
        members = self._zip.infolist()
        self._left = {info.filename: info for info in members}
        if len(self._left) != len(members):
            raise ValueError("two members have the same name")
        if any(info.compress_type or info.compress_size != info.file_size for info in members):
            raise ValueError("a member is compressed, which save() never does")
        if sum(info.file_size for info in members) > size:
            raise ValueError("its members are larger than the file")
        if members and min(info.header_offset for info in members) != start:
            raise ValueError("something else lies before or behind it")

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._left

    def take(self, name: str) -> np.ndarray:
        """An array, once; checked against the size of its member before it gets memory."""
        info = self._left.pop(f"{name}.npy")
        data = bytearray(info.file_size)
        with self._zip.open(info) as member:
            for start in range(0, len(data), _BLOCK):  # at its end the checksum is compared
                data[start : start + _BLOCK] = member.read(_BLOCK)
        shape, fortran, dtype, begin = _header(data)
        if dtype.hasobject:
            raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
        nbytes = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or begin + nbytes != len(data):
            raise ValueError(f"member {name} has not the size of {dtype} {shape}")
        flat = np.frombuffer(data, np.uint8, offset=begin).view(dtype)
        return flat.reshape(shape, order="F" if fortran else "C")

    def check_empty(self) -> None:
        """Raise unless all members were asked for; the others are never read."""
        if self._left:
            raise ValueError(f"it has members that save() did not write: {sorted(self._left)[:3]}")


@contextlib.contextmanager
def reading(source: Any) -> Iterator[Archive]:
    """The archive at a path, or in a file that is open for reading bytes, from where it stands."""
    name = shown(source)
    with contextlib.ExitStack() as ends:
        try:
            file = ends.enter_context(open(source, "rb")) if is_path(source) else source
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"load: cannot open {name}: {reason}") from error
        try:
            archive = _open(file, name)
        except (DataError, DtypeError):
            raise
        except DAMAGE as error:
            raise damaged(name, error) from error
        yield archive


def _open(file: Any, name: str) -> Archive:
    try:
        seekable, head = file.seekable(), file.read(4)
    except AttributeError:
        head = ""
    except (OSError, ValueError) as error:  # it is closed, or open for writing
        raise DataError(f"load: cannot read {name}: {error}") from error
    if not isinstance(head, bytes):
        raise DtypeError(
            f"load: expected a path, or a file that is open for reading bytes (mode 'rb'), not "
            f"{type(file).__name__}"
        )
    if not head and seekable and file.tell():
        raise DataError(f"load: {name} stands at its end; call seek(0) on it before load()")
    if head != b"PK\x03\x04":
        raise DataError(f"load: {name} is empty, or not a file that lightgrad.save wrote")
    if not seekable:
        file = io.BytesIO(head + file.read())
        file.seek(4)
    start = file.tell() - 4
    return Archive(file, file.seek(0, os.SEEK_END), start)


def damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"load: {name} is damaged or cut off ({type(error).__name__}: {error}); take another "
        f"copy of it"
    )
