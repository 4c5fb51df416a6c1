"""Colours of images of Pillow and of tensors (..., C, H, W)."""

from __future__ import annotations

from typing import Any

from lightgrad.torchvision._pillow import is_image
from lightgrad.torchvision.transforms._conversion import pil_to_tensor, to_pil_image
from lightgrad.torchvision.transforms._kinds import functions_for


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Brightness, of an image of Pillow.  Source: torchvision.transforms.functional.to_grayscale.

    >>> import lightgrad.torch as torch
    >>> to_grayscale(to_pil_image(torch.ones(3, 1, 1))).mode
    'L'
    """
    return rgb_to_grayscale(img, num_output_channels)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """0.2989 red + 0.587 green + 0.114 blue, in one or three channels.

    Source: torchvision.transforms.functional.rgb_to_grayscale.

    >>> import lightgrad.torch as torch
    >>> rgb_to_grayscale(torch.ones(3, 1, 1))
    tensor([[[0.9999]]])
    """
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    return functions_for(img).to_grayscale(img, num_output_channels)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """0 is black, 1 the image.  Source: torchvision.transforms.functional.adjust_brightness.

    >>> import lightgrad.torch as torch
    >>> adjust_brightness(torch.full((1, 1, 1), 0.25), 2.0)
    tensor([[[0.5000]]])
    """
    return functions_for(img).adjust_brightness(img, brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """0 is gray, 1 the image.  Source: torchvision.transforms.functional.adjust_contrast.

    >>> import lightgrad.torch as torch
    >>> adjust_contrast(torch.tensor([[[0.0, 1.0]]]), 0.5)
    tensor([[[0.2500, 0.7500]]])
    """
    return functions_for(img).adjust_contrast(img, contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """0 has no colours, 1 is the image.

    Source: torchvision.transforms.functional.adjust_saturation.

    >>> import lightgrad.torch as torch
    >>> adjust_saturation(torch.ones(3, 1, 1), 1.0).flatten()
    tensor([1., 1., 1.])
    """
    return functions_for(img).adjust_saturation(img, saturation_factor)


def adjust_sharpness(img: Any, sharpness_factor: float) -> Any:
    """0 is smooth, 1 the image.  Source: torchvision.transforms.functional.adjust_sharpness.

    >>> import lightgrad.torch as torch
    >>> adjust_sharpness(torch.ones(1, 3, 3), 0.0).sum()
    tensor(9.)
    """
    return functions_for(img).adjust_sharpness(img, sharpness_factor)


def invert(img: Any) -> Any:
    """The negative.  Source: torchvision.transforms.functional.invert.

    >>> import lightgrad.torch as torch
    >>> invert(torch.zeros(1, 1, 1))
    tensor([[[1.]]])
    """
    return functions_for(img).invert(img)


def posterize(img: Any, bits: int) -> Any:
    """With fewer bits for each channel.  Source: torchvision.transforms.functional.posterize.

    >>> import lightgrad.torch as torch
    >>> posterize(torch.full((1, 1, 1), 255, dtype=torch.uint8), 1)
    tensor([[[128]]], dtype=torch.uint8)
    """
    return functions_for(img).posterize(img, bits)


def solarize(img: Any, threshold: float) -> Any:
    """The negative of all that is brighter.  Source: torchvision.transforms.functional.solarize.

    >>> import lightgrad.torch as torch
    >>> solarize(torch.tensor([[[0.25, 0.75]]]), 0.5)
    tensor([[[0.2500, 0.2500]]])
    """
    return functions_for(img).solarize(img, threshold)


def autocontrast(img: Any) -> Any:
    """From black to white.  Source: torchvision.transforms.functional.autocontrast.

    >>> import lightgrad.torch as torch
    >>> autocontrast(torch.tensor([[[0.25, 0.75]]]))
    tensor([[[0., 1.]]])
    """
    return functions_for(img).autocontrast(img)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """Colours turned by this part of the circle, from -0.5 to 0.5.

    Source: torchvision.transforms.functional.adjust_hue.

    >>> import lightgrad.torch as torch
    >>> adjust_hue(torch.tensor([1.0, 0.0, 0.0]).reshape(3, 1, 1), 0.5).flatten()
    tensor([0., 1., 1.])
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    return functions_for(img).adjust_hue(img, hue_factor)


def adjust_gamma(img: Any, gamma: float, gain: float = 1) -> Any:
    """gain * x ** gamma, as part of white.

    Source: torchvision.transforms.functional.adjust_gamma.

    >>> import lightgrad.torch as torch
    >>> adjust_gamma(torch.full((1, 1, 1), 0.5), 2.0)
    tensor([[[0.2500]]])
    """
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    return functions_for(img).adjust_gamma(img, gamma, gain)


def equalize(img: Any) -> Any:
    """All brightnesses equally often.  Source: torchvision.transforms.functional.equalize.

    >>> import lightgrad.torch as torch
    >>> equalize(torch.tensor([[[0, 255]]], dtype=torch.uint8))
    tensor([[[  0, 255]]], dtype=torch.uint8)
    """
    if is_image(img):
        return functions_for(img).equalize(img)
    mode = "L" if img.shape[-3] == 1 else "RGB"
    return pil_to_tensor(functions_for(to_pil_image(img, mode)).equalize(to_pil_image(img, mode)))
