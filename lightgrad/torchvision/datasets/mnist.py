"""MNIST and its relatives, in the folder ``root/MNIST/raw`` where torchvision has them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.data import download as web
from lightgrad.data.idx import read_idx
from lightgrad.data.mnist import FILES, MIRRORS
from lightgrad.torchvision._pillow import pillow
from lightgrad.torchvision.datasets.vision import VisionDataset, folder_of, missing

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class MNIST(VisionDataset):
    """Handwritten digits: 28 by 28 images of Pillow, with numbers from 0 to 9.

    The four files lie in ``root/MNIST/raw``, compressed or not, and are downloaded
    with ``download=True`` where they are missing.  Source: torchvision.datasets.MNIST.

    >>> data = MNIST("data", download=True)  # doctest: +SKIP
    >>> image, digit = data[0]  # doctest: +SKIP
    """

    mirrors: ClassVar[tuple[str, ...]] = MIRRORS
    resources: ClassVar[list[tuple[str, str]]] = [*FILES[True].items(), *FILES[False].items()]
    training_file = "training.pt"
    test_file = "test.pt"
    classes: ClassVar[list[str]] = [f"{number} - {word}" for number, word in enumerate(_WORDS)]

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
            names = [self._name(t, k) for t in (True, False) for k in ("images", "labels")]
            raise missing(type(self).__name__, Path(self.raw_folder), names)
        self.data, self.targets = self._load_data()

    @staticmethod
    def _name(train: bool, kind: str) -> str:
        """The name of one of the four files, as it is without compression."""
        dimensions = 3 if kind == "images" else 1
        return f"{'train' if train else 't10k'}-{kind}-idx{dimensions}-ubyte"

    def _path(self, train: bool, kind: str) -> Path | None:
        """Where one of the four files lies, or None."""
        plain = Path(self.raw_folder) / self._name(train, kind)
        found = (path for path in (plain, plain.with_name(plain.name + ".gz")) if path.is_file())
        return next(found, None)

    def _check_exists(self) -> bool:
        return all(self._path(t, kind) for t in (True, False) for kind in ("images", "labels"))

    def _load_data(self) -> tuple[Any, Any]:
        images, labels = (read_idx(self._path(self.train, k) or "") for k in ("images", "labels"))
        return torch.from_numpy(images), torch.from_numpy(labels.astype("int64"))

    def download(self) -> None:
        """Fetch what is missing from the first mirror that has it."""
        if self._check_exists():
            return
        folder = Path(self.raw_folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, md5 in self.resources:
            web.fetch(name, md5, folder, self.mirrors, progress=True)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image = pillow("Image").fromarray(self.data[index].numpy())
        return self._transformed(image, int(self.targets[index]))

    def __len__(self) -> int:
        return len(self.data)

    @property
    def raw_folder(self) -> str:
        """Where the four files lie."""
        return str(folder_of(self.root, type(self).__name__) / "raw")

    @property
    def processed_folder(self) -> str:
        """Where old versions of torchvision kept what they had read."""
        return str(folder_of(self.root, type(self).__name__) / "processed")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class by its name."""
        return {name: number for number, name in enumerate(self.classes)}

    def extra_repr(self) -> str:
        """Which part it is."""
        return f"Split: {'Train' if self.train else 'Test'}"

    @property
    def train_data(self) -> Any:
        """The images, by their name of old."""
        return self.data

    test_data = train_data

    @property
    def train_labels(self) -> Any:
        """The targets, by their name of old."""
        return self.targets

    test_labels = train_labels


class FashionMNIST(MNIST):
    """Articles of clothing, in the form of MNIST.  Source: torchvision.datasets.FashionMNIST.

    >>> FashionMNIST.classes[0]
    'T-shirt/top'
    """

    mirrors = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    classes: ClassVar[list[str]] = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ]


class KMNIST(MNIST):
    """Japanese characters, in the form of MNIST.  Source: torchvision.datasets.KMNIST.

    >>> KMNIST.classes[0]
    'o'
    """

    mirrors = ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",)
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    classes: ClassVar[list[str]] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
