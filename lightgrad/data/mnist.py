"""MNIST, found on this machine or downloaded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from lightgrad.data import download as web
from lightgrad.data.dataset import TensorDataset
from lightgrad.data.idx import idx_pair
from lightgrad.errors import DataError, DownloadError, MissingLibraryError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
#: by `train`: name -> MD5 of the images and of the labels
FILES = {
    True: {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    },
    False: {
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
}
_REMEDIES = (
    "What helps: put the four files into a folder and set LIGHTGRAD_DATA to it; or read two "
    "IDX files of your own with idx_pair(images, labels) (examples/mnist.py: --images, --labels); "
    "or use digits() (--dataset digits), which needs no download"
)


class MNIST(TensorDataset):
    """Handwritten digits, float32 (N, 1, 28, 28) in [0, 1], with labels int64 (N,).

    60,000 for training, or the 10,000 for testing with ``train=False``.  The
    files are looked for in the folder that the environment variable
    LIGHTGRAD_DATA names (used as they are), then in ``root``, by default the
    system's cache folder (checked by MD5), and last downloaded to ``root``
    from each of the ``mirrors`` in turn until one has them; finished files are
    kept.  The environment variable LIGHTGRAD_MIRRORS, addresses separated by
    blanks, replaces the built-in mirrors.  :class:`DataError` says what failed
    where.

    Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database; CC BY-SA 3.0.

    >>> train = MNIST()  # doctest: +SKIP
    >>> train[0][0].shape  # doctest: +SKIP
    (1, 28, 28)
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        download: bool = True,
        mirrors: Sequence[str] | None = None,
        progress: bool = True,
    ) -> None:
        files = self.find(root, train)
        if files is None:
            if not download:
                raise DownloadError(f"MNIST: {' and '.join(FILES[train])} not found. {_REMEDIES}")
            files = _download(root, train, mirrors, progress)
        super().__init__(*idx_pair(*files).tensors)

    @staticmethod
    def find(
        root: str | os.PathLike[str] | None = None, train: bool = True
    ) -> tuple[Path, Path] | None:
        """The files of images and labels on this machine, or None if they are not there."""
        given = web.from_environment("LIGHTGRAD_DATA")
        if given:
            folder = Path(given).expanduser()
            if not folder.is_dir():
                raise DataError(
                    f"LIGHTGRAD_DATA names {folder}, which is not a folder; correct or unset it"
                )
            pair = _pair_in(folder, train)
            if pair is not None:
                return pair
        try:
            folder = _root(root)
        except MissingLibraryError:  # without pooch nothing can be in its cache either
            return None
        for name, md5 in FILES[train].items():
            if (folder / name).is_file():
                _check(folder / name, md5)
        return _pair_in(folder, train)


def _root(root: str | os.PathLike[str] | None) -> Path:
    return web.cache_folder() if root is None else Path(root).expanduser()


def _pair_in(folder: Path, train: bool) -> tuple[Path, Path] | None:
    """Images and labels in a folder, compressed or not."""
    paths = []
    for name in FILES[train]:
        plain = name.removesuffix(".gz")
        candidates = (folder / name, folder / plain, folder / plain.replace("-idx", ".idx"))
        paths += [path for path in candidates if path.is_file()][:1]
    return (paths[0], paths[1]) if len(paths) == 2 else None


def _check(path: Path, md5: str) -> None:
    """Whether a file is the official one."""
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    if digest != md5:
        raise DataError(
            f"{path}: wrong checksum: expected MD5 {md5}, found {digest}; delete the file to "
            f"download it again, or set LIGHTGRAD_DATA to its folder to use it as it is"
        )


def _download(
    root: str | os.PathLike[str] | None,
    train: bool,
    mirrors: Sequence[str] | None,
    progress: bool,
) -> tuple[Path, Path]:
    """Both files, each from the first mirror that has it."""
    if mirrors is None:
        mirrors = web.from_environment("LIGHTGRAD_MIRRORS").split() or MIRRORS
    folder = _root(root)
    try:
        images, labels = (
            web.fetch(name, md5, folder, mirrors, progress) for name, md5 in FILES[train].items()
        )
    except DownloadError as error:
        raise DownloadError(f"MNIST: {error}\n{_REMEDIES}") from None
    return images, labels
