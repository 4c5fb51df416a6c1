"""IDX files: every dtype, and one clear error for every way a file can be wrong."""

import gzip
import os
import random
import tracemalloc

import numpy as np
import pytest

from lightgrad.data import idx_pair, read_idx
from lightgrad.errors import DataError, DtypeError, LightgradError
from tests.data.idx_files import idx_bytes, write_idx


@pytest.mark.parametrize("name", ["values-idx", "values-idx.gz", "misnamed.bin"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_every_dtype_comes_back_in_native_order(tmp_path, name, dtype):
    values = (np.arange(24) * 5 - (0 if dtype == "u1" else 60)).astype(dtype).reshape(2, 3, 4)
    found = read_idx(write_idx(tmp_path / name, values))
    assert found.dtype == np.dtype(dtype) and found.dtype.isnative
    assert found.flags.writeable
    np.testing.assert_array_equal(found, values)


def test_compression_is_recognised_by_content(tmp_path):
    path = tmp_path / "no-suffix"
    path.write_bytes(gzip.compress(idx_bytes(np.arange(3, dtype=np.uint8))))
    assert read_idx(path).tolist() == [0, 1, 2]
    assert read_idx(str(path)).tolist() == [0, 1, 2]


def test_empty_and_scalar(tmp_path):
    assert read_idx(write_idx(tmp_path / "a", np.zeros((0, 4), np.uint8))).shape == (0, 4)
    assert read_idx(write_idx(tmp_path / "b", np.array(7, np.uint8))).item() == 7


GOOD = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 4))
NOISE = np.random.default_rng(0).integers(0, 255, (50, 50), np.uint8)
# mtime: it is part of test names, which must be the same in every worker
PACKED = gzip.compress(idx_bytes(NOISE), mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found only 0 bytes"),
        (b"\0\0", "found only 2 bytes"),
        (b"\x89PNG" + GOOD, r"found 89 50 4e 47; name an IDX file"),
        (b"\0\0\x07\x01" + GOOD, r"found 00 00 07 01"),
        (b"\0\0\x08\xff" + GOOD, r"found 00 00 08 ff"),
        (GOOD[:9], "ends inside its header"),
        (GOOD[:-1], r"expected 12 bytes for uint8 values of shape \(3, 4\), found 11, so .*trunc"),
        (GOOD + b"\0", r"expected 12 bytes .*, found more; download"),
        (b"\0\0\x0e\x03" + b"\xff" * 12 + b"1234", "found 4, so the file is truncated"),
        (PACKED[:-9], "compressed data ends too early"),
        (PACKED[:200] + b"??????" + PACKED[206:], "compressed data is damaged"),
        (b"\x1f\x8b" + b"garbage" * 9, "compressed data is damaged"),
        (gzip.compress(GOOD[:-2], mtime=0), "found 10, so the file is truncated"),
        (gzip.compress(GOOD + b"xx", mtime=0), "found more"),
        (b"\0\0\x08\x03" + b"\0" * 4 + b"\xff" * 8, r"no array can have the shape \(0, 4294967295"),
        (b"\0\0\x0e\x03" + b"\xff" * 4 + b"\0" * 4 + b"\xff" * 4, "no array can have the shape"),
        (
            gzip.compress(b"\0\0\x08\x02" + b"\0\0\xff\xff" * 2 + bytes(10**6), mtime=0),
            "found a file that cannot hold as many",
        ),
    ],
)
def test_wrong_files_say_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "broken.idx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert isinstance(caught.value, (LightgradError, ValueError))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        read_idx(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path)


def test_pair_scales_and_shapes(tmp_path):
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 11
    images = write_idx(tmp_path / "images.gz", pixels)
    labels = write_idx(tmp_path / "labels", np.array([3, 1], np.uint8))
    x, y = idx_pair(images, labels).tensors
    assert (x.shape, str(x.dtype), str(y.dtype)) == ((2, 1, 3, 4), "float32", "int64")
    np.testing.assert_allclose(x.numpy()[:, 0], pixels / 255, rtol=1e-7)
    assert y.tolist() == [3, 1]
    assert not x.requires_grad


def test_pair_keeps_floats_and_channels(tmp_path):
    pixels = np.random.default_rng(0).random((2, 3, 4, 5))
    images = write_idx(tmp_path / "images", pixels)
    labels = write_idx(tmp_path / "labels", np.array([0, 1], np.int32))
    x, _ = idx_pair(images, labels).tensors
    np.testing.assert_array_equal(x.numpy(), pixels.astype(np.float32))


IMAGES = np.zeros((3, 2, 2), np.uint8)
LABELS = np.arange(3, dtype=np.uint8)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, LABELS[:2], "holds 3 images, but .* holds 2 labels"),
        (IMAGES, IMAGES, r"expected labels of shape \(N,\), found \(3, 2, 2\)"),
        (LABELS, IMAGES, "swap the two files"),
        (IMAGES[:0], LABELS[:0], r"expected images .* found \(0, 2, 2\)"),
        (IMAGES.astype(np.int16), LABELS, "expected images of dtype uint8.*found int16"),
        (IMAGES + np.float32(2), LABELS, "between 0 and 1, found 2 to 2"),
        (IMAGES * np.float32("nan"), LABELS, "between 0 and 1, found nan"),
        (IMAGES, LABELS.astype(np.float32), "expected class numbers from 0 on, found float32"),
        (IMAGES, LABELS.astype(np.int8) - np.int8(1), "found int8 down to -1"),
    ],
)
def test_pairs_that_do_not_fit(tmp_path, images, labels, message):
    first = write_idx(tmp_path / "images", images)
    second = write_idx(tmp_path / "labels", labels)
    with pytest.raises(DataError, match=message):
        idx_pair(first, second)


def test_paths_that_are_none(tmp_path):
    for path, kind in ((None, DtypeError), (3, DtypeError), ("a\0b", DataError), ("", DataError)):
        with pytest.raises(kind):
            read_idx(path)
    with pytest.raises(DataError, match="write the whole path"):
        read_idx("~nobody-of-that-name/x")
    (tmp_path / "x").write_bytes(GOOD)
    assert read_idx(os.fsencode(tmp_path / "x")).shape == (3, 4)


def test_flipped_bytes_are_errors_of_ours_and_take_little_memory(tmp_path):
    rng, path, refused = random.Random(0), tmp_path / "x", 0
    tracemalloc.start()
    try:
        for _ in range(150):
            data = bytearray(rng.choice([GOOD, PACKED]))
            for _ in range(rng.choice([1, 2, 5])):
                data[rng.randrange(len(data))] = rng.choice([0, 255, rng.randrange(256)])
            path.write_bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])
            try:
                read_idx(path)
            except DataError:
                refused += 1
        assert refused > 75 and tracemalloc.get_traced_memory()[1] < 3 * 10**6
    finally:
        tracemalloc.stop()
