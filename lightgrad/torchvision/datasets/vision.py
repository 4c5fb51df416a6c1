"""What data sets of images have in common: a folder, and transforms of image and target."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgrad.torch as torch

_Dataset: Any = vars(torch.utils.data)["Dataset"]


class StandardTransform:
    """A transform of the image and one of the target, together.

    Source: torchvision.datasets.vision.StandardTransform.

    >>> StandardTransform(abs, str)(-1, 2)
    (1, '2')
    """

    def __init__(
        self,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
    ) -> None:
        self.transform = transform
        self.target_transform = target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self) -> str:
        lines = [type(self).__name__]
        for head, part in (
            ("Transform: ", self.transform),
            ("Target transform: ", self.target_transform),
        ):
            if part is not None:
                first, *rest = repr(part).splitlines()
                lines += [head + first, *(" " * len(head) + line for line in rest)]
        return "\n".join(lines)


class VisionDataset(_Dataset):
    """The base of data sets of images: define ``__getitem__`` and ``__len__``.

    Source: torchvision.datasets.VisionDataset.

    >>> VisionDataset("images").root
    'images'
    """

    _repr_indent = 4

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
    ) -> None:
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        single = transform is not None or target_transform is not None
        if transforms is not None and single:
            raise ValueError(
                f"{type(self).__name__}: either transforms or transform/target_transform, not both"
            )
        self.transform = transform
        self.target_transform = target_transform
        if single:
            transforms = StandardTransform(transform, target_transform)
        self.transforms = transforms

    def _transformed(self, image: Any, target: Any) -> tuple[Any, Any]:
        """An item after its transforms."""
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__")

    def __repr__(self) -> str:
        body = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            body.append(f"Root location: {self.root}")
        body += self.extra_repr().splitlines()
        if self.transforms is not None:
            body.append(repr(self.transforms))
        indent = " " * self._repr_indent
        return "\n".join([f"Dataset {type(self).__name__}", *(indent + line for line in body)])

    def extra_repr(self) -> str:
        """Further lines of ``repr``."""
        return ""


def folder_of(root: str | os.PathLike[str] | None, name: str) -> Path:
    """A folder inside the root of a data set."""
    return Path(root if root is not None else ".") / name


def missing(name: str, folder: Path, files: list[str]) -> RuntimeError:
    """What is raised where a data set is not on this machine."""
    return RuntimeError(
        f"Dataset not found. You can use download=True to download it "
        f"({name} looks for {', '.join(files)} in {folder})"
    )
