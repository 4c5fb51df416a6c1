"""Images in folders, one folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lightgrad.torchvision._pillow import pillow
from lightgrad.torchvision.datasets.vision import VisionDataset

IMG_EXTENSIONS = (
    ".jpg",
    ".jpeg",
    ".png",
    ".ppm",
    ".bmp",
    ".pgm",
    ".tif",
    ".tiff",
    ".webp",
)


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """Whether a name ends in one of these.

    Source: torchvision.datasets.folder.has_file_allowed_extension.

    >>> has_file_allowed_extension("cat.PNG", (".png",))
    True
    """
    return filename.lower().endswith(extensions)


def is_image_file(filename: str) -> bool:
    """Whether a name ends as those of images do.

    Source: torchvision.datasets.folder.is_image_file.

    >>> is_image_file("cat.txt")
    False
    """
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def find_classes(directory: str | os.PathLike[str]) -> tuple[list[str], dict[str, int]]:
    """The folders in a folder, sorted, and their numbers.

    Source: torchvision.datasets.folder.find_classes.

    >>> import tempfile
    >>> find_classes(tempfile.mkdtemp())
    Traceback (most recent call last):
    FileNotFoundError: Couldn't find any class folder in ...
    """
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: number for number, name in enumerate(classes)}


def make_dataset(
    directory: str | os.PathLike[str],
    class_to_idx: dict[str, int] | None = None,
    extensions: str | tuple[str, ...] | None = None,
    is_valid_file: Callable[[str], bool] | None = None,
    allow_empty: bool = False,
) -> list[tuple[str, int]]:
    """The files of all classes, as pairs of path and number.

    Source: torchvision.datasets.folder.make_dataset.

    >>> make_dataset("nowhere", {}, ".png")
    Traceback (most recent call last):
    ValueError: make_dataset: 'class_to_idx' must have at least one entry
    """
    if class_to_idx is None:
        class_to_idx = find_classes(directory)[1]
    if not class_to_idx:
        raise ValueError("make_dataset: 'class_to_idx' must have at least one entry")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError("make_dataset: pass either extensions or is_valid_file")
    found: list[tuple[str, int]] = []
    empty = []
    for name in sorted(class_to_idx):
        paths = _files_below(Path(os.path.expanduser(directory)) / name)
        good = [path for path in paths if _accepted(path, extensions, is_valid_file)]
        found += [(path, class_to_idx[name]) for path in good]
        empty += [] if good else [name]
    if empty and not allow_empty:
        kinds = "" if extensions is None else f" Supported extensions are: {_joined(extensions)}"
        raise FileNotFoundError(f"Found no valid file for the classes {', '.join(empty)}.{kinds}")
    return found


def _joined(extensions: str | Sequence[str]) -> str:
    return extensions if isinstance(extensions, str) else ", ".join(extensions)


def _accepted(
    path: str, extensions: str | tuple[str, ...] | None, is_valid_file: Callable[[str], bool] | None
) -> bool:
    if extensions is not None:
        return has_file_allowed_extension(path, extensions)
    return is_valid_file is None or is_valid_file(path)


def _files_below(folder: Path) -> list[str]:
    """All files, folder by folder, both sorted."""
    walked = sorted(os.walk(folder, followlinks=True)) if folder.is_dir() else []
    return [os.path.join(place, name) for place, _, names in walked for name in sorted(names)]


def pil_loader(path: str) -> Any:
    """An image in RGB.  Source: torchvision.datasets.folder.pil_loader.

    >>> pil_loader("cat.png").mode  # doctest: +SKIP
    'RGB'
    """
    with open(path, "rb") as file:
        return pillow("Image").open(file).convert("RGB")


default_loader = pil_loader


class DatasetFolder(VisionDataset):
    """The files below ``root/class/``, each read by ``loader``.

    Source: torchvision.datasets.DatasetFolder.

    >>> DatasetFolder("texts", open, ".txt")  # doctest: +SKIP
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | str | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = self.make_dataset(
            self.root, self.class_to_idx, extensions, is_valid_file, allow_empty
        )
        self.loader = loader
        self.extensions = extensions
        self.targets = [number for _, number in self.samples]

    @staticmethod
    def make_dataset(
        directory: Any,
        class_to_idx: dict[str, int],
        extensions: tuple[str, ...] | str | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> list[tuple[str, int]]:
        """The files and their classes; override it to choose others."""
        return make_dataset(directory, class_to_idx, extensions, is_valid_file, allow_empty)

    def find_classes(self, directory: Any) -> tuple[list[str], dict[str, int]]:
        """The classes and their numbers; override it to choose others."""
        return find_classes(directory)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self._transformed(self.loader(path), target)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """The images below ``root/class/``.  Source: torchvision.datasets.ImageFolder.

    >>> data = ImageFolder("photographs")  # doctest: +SKIP
    >>> image, number = data[0]  # doctest: +SKIP
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(
            root,
            loader,
            IMG_EXTENSIONS if is_valid_file is None else None,
            transform=transform,
            target_transform=target_transform,
            is_valid_file=is_valid_file,
            allow_empty=allow_empty,
        )
        self.imgs = self.samples
