"""CIFAR-10 and CIFAR-100, in the folders where torchvision has them."""

from __future__ import annotations

import os
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lightgrad.data import download as web
from lightgrad.errors import DataError
from lightgrad.torchvision._pillow import pillow
from lightgrad.torchvision.datasets.vision import VisionDataset, folder_of, missing


class CIFAR10(VisionDataset):
    """32 by 32 photographs of 10 kinds, in ``root/cifar-10-batches-py``.

    Source: torchvision.datasets.CIFAR10; A. Krizhevsky, Learning multiple layers of
    features from tiny images, 2009.

    >>> data = CIFAR10("data", download=True)  # doctest: +SKIP
    >>> image, kind = data[0]  # doctest: +SKIP
    """

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_files: ClassVar[list[str]] = [f"data_batch_{number}" for number in range(1, 6)]
    test_files: ClassVar[list[str]] = ["test_batch"]
    names_file = ("batches.meta", "label_names")
    labels_key = "labels"

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            self.download()
        if not self._check_exists():
            raise missing(type(self).__name__, self._folder, self._files())
        parts = [_read(self._folder / name) for name in self._part(train)]
        data = np.vstack([np.asarray(part["data"]) for part in parts])
        self.data: np.ndarray = data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.targets: list[int] = [int(n) for part in parts for n in part[self.labels_key]]
        self.classes: list[str] = list(_read(self._folder / self.names_file[0])[self.names_file[1]])
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}

    @property
    def _folder(self) -> Path:
        return folder_of(self.root, self.base_folder)

    def _part(self, train: bool) -> list[str]:
        return self.train_files if train else self.test_files

    def _files(self) -> list[str]:
        return [*self.train_files, *self.test_files, self.names_file[0]]

    def _check_exists(self) -> bool:
        return all((self._folder / name).is_file() for name in self._files())

    def download(self) -> None:
        """Fetch and unpack the archive, unless its files are there."""
        if self._check_exists():
            return
        folder = self._folder.parent
        folder.mkdir(parents=True, exist_ok=True)
        mirror = self.url.removesuffix(self.filename)
        archive = web.fetch(self.filename, self.tgz_md5, folder, [mirror], progress=True)
        with tarfile.open(archive, "r:gz") as packed:
            packed.extractall(folder, filter="data")

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image = pillow("Image").fromarray(self.data[index])
        return self._transformed(image, self.targets[index])

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        """Which part it is."""
        return f"Split: {'Train' if self.train else 'Test'}"


class CIFAR100(CIFAR10):
    """32 by 32 photographs of 100 kinds, in ``root/cifar-100-python``.

    Source: torchvision.datasets.CIFAR100.

    >>> CIFAR100.base_folder
    'cifar-100-python'
    """

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_files: ClassVar[list[str]] = ["train"]
    test_files: ClassVar[list[str]] = ["test"]
    names_file = ("meta", "fine_label_names")
    labels_key = "fine_labels"


class _Unpickler(pickle.Unpickler):
    """Reads lists, dictionaries and arrays of NumPy, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        base = module.replace("numpy.core", "numpy._core")
        allowed = {
            ("numpy._core.multiarray", "_reconstruct"): np.ndarray.__reduce__(np.empty(0))[0],
            ("numpy._core.numeric", "_frombuffer"): np.frombuffer,
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
            ("_codecs", "encode"): _encode,
        }
        if (base, name) not in allowed:
            raise DataError(
                f"CIFAR: a file names {module}.{name}, which is neither data nor read; "
                f"download it again"
            )
        return allowed[base, name]


def _encode(text: str, name: str) -> bytes:
    """Bytes, as Python 3 writes them for Python 2."""
    return text.encode("latin1")


def _read(path: Path) -> dict[str, Any]:
    """One of the files."""
    try:
        with open(path, "rb") as file:
            return _Unpickler(file, encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError) as error:
        raise DataError(f"{path}: cannot be read ({error}); download it again") from None
