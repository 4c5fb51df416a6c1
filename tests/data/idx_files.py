"""Writing IDX files for tests."""

import gzip

import numpy as np

CODES = {"|u1": 8, "|i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def idx_bytes(array):
    big = array.astype(array.dtype.newbyteorder(">"))
    header = bytes([0, 0, CODES[big.dtype.str], array.ndim])
    return header + np.array(array.shape, ">u4").tobytes() + big.tobytes()


def write_idx(path, array):
    """Write an array, compressed if the name ends in .gz; returns the path."""
    data = idx_bytes(array)
    path.write_bytes(gzip.compress(data, 1, mtime=0) if path.suffix == ".gz" else data)
    return path


def write_pair(folder, images, labels, prefix="some"):
    """Two IDX files with the names MNIST gives its own."""
    return (
        write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", images),
        write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", labels),
    )


def drawn_digits(count, size=28, seed=0):
    """Images that tell their class apart: a bright row per class, on noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 40, (count, size, size)).astype(np.uint8)
    rows = 2 * labels.astype(int) + 3 if size > 22 else labels.astype(int) % size
    images[np.arange(count), rows] = 250
    return images, labels
