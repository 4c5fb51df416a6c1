"""Transforms that hold others, or none: `Compose`, `Lambda`, and the way to a tensor and back."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision.transforms import functional as F


class Compose:
    """One transform after the other.  Source: torchvision.transforms.Compose.

    >>> Compose([abs, float])(-1)
    1.0
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return _listed(self)


def _listed(transform: Any) -> str:
    """The text of a transform that holds others."""
    lines = "".join(f"\n    {part}" for part in transform.transforms)
    return f"{type(transform).__name__}({lines}\n)"


class ToTensor:
    """An image (H, W, C) of bytes to a tensor (C, H, W) from 0 to 1.

    Source: torchvision.transforms.ToTensor.

    >>> ToTensor()
    ToTensor()
    """

    def __call__(self, pic: Any) -> Any:
        return F.to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor:
    """An image of Pillow to a tensor of the same numbers.

    Source: torchvision.transforms.PILToTensor.

    >>> PILToTensor()
    PILToTensor()
    """

    def __call__(self, pic: Any) -> Any:
        return F.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToPILImage:
    """A tensor or array to an image of Pillow.  Source: torchvision.transforms.ToPILImage.

    >>> ToPILImage()(torch.ones(3, 4, 5)).mode
    'RGB'
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.mode is None else f'mode={self.mode}'})"


class Lambda:
    """A function as a transform.  Source: torchvision.transforms.Lambda.

    >>> Lambda(abs)(-1)
    1
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ConvertImageDtype(torch.nn.Module):
    """Another dtype, with black and white as they are.

    Source: torchvision.transforms.ConvertImageDtype.

    >>> ConvertImageDtype(torch.float32)(torch.tensor([255], dtype=torch.uint8))
    tensor([1.])
    """

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Any) -> Any:
        """The image in that dtype."""
        return F.convert_image_dtype(image, self.dtype)


class RandomTransforms:
    """The base of what chooses among transforms.

    Source: torchvision.transforms.RandomTransforms.

    >>> RandomTransforms(3)
    Traceback (most recent call last):
    TypeError: Argument transforms should be a sequence
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __call__")

    def __repr__(self) -> str:
        return _listed(self)


class RandomApply(torch.nn.Module):
    """All of some transforms, or none.  Source: torchvision.transforms.RandomApply.

    >>> RandomApply([abs], p=0.0)(-1)
    -1
    """

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, perhaps transformed."""
        if float(torch.rand(1)) > self.p:
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = "".join(f"\n    {part}" for part in self.transforms)
        return f"{type(self).__name__}(\n    p={self.p}{lines}\n)"


class RandomOrder(RandomTransforms):
    """All transforms, in a random order.  Source: torchvision.transforms.RandomOrder.

    >>> RandomOrder([abs, float])(-1)
    1.0
    """

    def __call__(self, img: Any) -> Any:
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for number in order:
            img = self.transforms[number](img)
        return img


class RandomChoice(RandomTransforms):
    """One of the transforms.  Source: torchvision.transforms.RandomChoice.

    >>> RandomChoice([abs])(-1)
    1
    """

    def __init__(
        self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None
    ) -> None:
        super().__init__(transforms)
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        self.p = p

    def __call__(self, *args: Any) -> Any:
        return random.choices(self.transforms, weights=self.p)[0](*args)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(p={self.p})"
