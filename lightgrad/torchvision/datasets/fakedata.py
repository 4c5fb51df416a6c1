"""Random images with random classes, the same for a number each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision.datasets.vision import VisionDataset
from lightgrad.torchvision.transforms.functional import to_pil_image


class FakeData(VisionDataset):
    """Images of noise: item i is drawn with the seed i + random_offset.

    Source: torchvision.datasets.FakeData.

    >>> image, target = FakeData(size=3, image_size=(1, 2, 2))[0]
    >>> image.size
    (2, 2)
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        self.size = size
        self.image_size = image_size
        self.num_classes = num_classes
        self.random_offset = random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        generator = torch.Generator()
        generator.manual_seed(index + self.random_offset)
        noise = torch.randn(*self.image_size, generator=generator)
        target = torch.randint(0, self.num_classes, (1,), generator=generator)
        image, chosen = self._transformed(to_pil_image(noise), target[0])
        return image, chosen.item() if isinstance(chosen, torch.Tensor) else chosen

    def __len__(self) -> int:
        return self.size
