"""IDX files: the format of MNIST and its relatives, plain or compressed by gzip."""

from __future__ import annotations

import gzip
import math
import os
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lightgrad.data.dataset import TensorDataset
from lightgrad.errors import DataError, DtypeError

#: third byte of the file -> how the values are stored (always most significant byte first)
_DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_MOST_DIMENSIONS = 32
_BLOCK = 1 << 20
#: the most bytes that one byte of gzip becomes (258 of a run take two bits)
_DENSEST = 1032
_AGAIN = "download the file again, or name another one"


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read one IDX file into an array in the machine's own byte order.

    The header is two zero bytes, a code for the dtype, the number of
    dimensions, and the size of each as a 32-bit integer; the values follow.
    Compression is recognised by content, whatever the name.  A file that is
    missing, damaged, too short or too long raises :class:`DataError`.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "three-idx1-ubyte")
    >>> with open(path, "wb") as file:
    ...     _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
    >>> read_idx(path)
    array([7, 8, 9], dtype=uint8)
    """
    path = _as_path(path)
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not packed:
                return _parse(path, raw, math.inf)
            room = os.fstat(raw.fileno()).st_size * _DENSEST
            with gzip.open(raw, "rb") as unpacked:
                return _parse(path, unpacked, room)  # type: ignore[arg-type]
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file; check the name and the folder") from None
    except EOFError:
        raise DataError(
            f"{path}: the compressed data ends too early, so the file is incomplete; {_AGAIN}"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: the compressed data is damaged ({error}); {_AGAIN}") from None
    except DataError:
        raise
    except (OSError, ValueError) as error:  # ValueError: of a name with NUL
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read ({reason})") from error


def _as_path(path: Any) -> Path:
    try:
        return Path(os.fsdecode(path)).expanduser()
    except TypeError:
        raise DtypeError(f"read_idx: expected a path, not {type(path).__name__}") from None
    except RuntimeError as error:  # "~somebody"
        raise DataError(f"{os.fsdecode(path)}: {error}; write the whole path") from None


def _parse(path: Path, file: BinaryIO, room: float) -> np.ndarray:
    """One array from a file that is positioned at its start, and holds ``room`` bytes at most."""
    magic = file.read(4)
    if len(magic) < 4:
        raise DataError(f"{path}: expected an IDX file, found only {len(magic)} bytes; {_AGAIN}")
    dtype = _DTYPES.get(magic[2])
    if magic[:2] != b"\0\0" or dtype is None or magic[3] > _MOST_DIMENSIONS:
        raise DataError(
            f"{path}: expected an IDX file, which starts with the bytes 00 00, a dtype code "
            f"(08, 09, 0b to 0e) and a number of dimensions, found {magic.hex(' ')}; "
            f"name an IDX file, plain or .gz"
        )
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path}: the file ends inside its header; {_AGAIN}")
    shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
    expected = math.prod(shape) * dtype.itemsize
    # One more than there should be.  A header that lies is not believed for the sake of what a
    # few compressed bytes can become.
    values = _read_up_to(file, expected + 1 if expected <= room else 0)
    if len(values) != expected:
        held = "more" if len(values) > expected else f"{len(values)}, so the file is truncated"
        held = "a file that cannot hold as many" if expected > room else held
        raise DataError(
            f"{path}: expected {expected} bytes for {dtype.name} values of shape {shape}, "
            f"found {held}; {_AGAIN}"
        )
    array = np.frombuffer(values, dtype)
    if array.dtype.byteorder == ">" and sys.byteorder == "little":
        array.byteswap(inplace=True)
    try:
        return array.view(dtype.newbyteorder("=")).reshape(shape)
    except ValueError:  # no values, but sizes whose product NumPy cannot count
        raise DataError(f"{path}: no array can have the shape {shape}; {_AGAIN}") from None


def _read_up_to(file: BinaryIO, limit: int) -> bytearray:
    """At most ``limit`` bytes; a lying header must not make us reserve its size at once."""
    values = bytearray()
    while len(values) < limit:
        block = file.read(min(_BLOCK, limit - len(values)))
        if not block:
            break
        values += block
    return values


def idx_pair(images: str | os.PathLike[str], labels: str | os.PathLike[str]) -> TensorDataset:
    """Two IDX files as a data set of (image, label).

    Images become float32 of shape (N, 1, H, W) between 0 (background) and 1;
    files of shape (N, C, H, W) keep their channels.  Labels become int64 of
    shape (N,).  Whatever does not fit together raises :class:`DataError`.

    >>> idx_pair("images.gz", "labels.gz")
    Traceback (most recent call last):
    lightgrad.errors.DataError: images.gz: there is no such file; check the name and the folder
    """
    x = _as_images(images, read_idx(images))
    y = _as_labels(labels, read_idx(labels))
    if len(x) != len(y):
        raise DataError(
            f"{images} holds {len(x)} images, but {labels} holds {len(y)} labels; "
            f"name two files that belong together"
        )
    return TensorDataset(x, y)


def _as_images(path: Any, x: np.ndarray) -> np.ndarray:
    if x.ndim not in (3, 4) or x.size == 0:
        hint = "; this looks like the labels: swap the two files" if x.ndim == 1 else ""
        raise DataError(
            f"{path}: expected images of shape (N, H, W) or (N, C, H, W), found {x.shape}{hint}"
        )
    if x.ndim == 3:
        x = x[:, None]
    if x.dtype == np.uint8:
        return x.astype(np.float32) / np.float32(255)
    if x.dtype.kind != "f":
        raise DataError(
            f"{path}: expected images of dtype uint8, or floats from 0 to 1, found {x.dtype}; "
            f"convert the file"
        )
    low, high = float(x.min()), float(x.max())
    if not (low >= 0.0 and high <= 1.0):
        raise DataError(
            f"{path}: expected floating-point images between 0 and 1, found {low:g} to {high:g}; "
            f"rescale them, or store them as uint8"
        )
    return x.astype(np.float32)


def _as_labels(path: Any, y: np.ndarray) -> np.ndarray:
    if y.ndim != 1:
        raise DataError(
            f"{path}: expected labels of shape (N,), found {y.shape}; name the file of the labels"
        )
    if y.dtype.kind not in "iu" or (y.size and y.min() < 0):
        raise DataError(
            f"{path}: expected class numbers from 0 on, found {y.dtype}"
            f"{f' down to {y.min()}' if y.size else ''}; number the classes 0, 1, 2, ..."
        )
    return y.astype(np.int64)
