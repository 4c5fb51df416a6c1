"""From images of Pillow and arrays to tensors and back."""

from __future__ import annotations

from typing import Any

import numpy as np

import lightgrad.torch as torch
from lightgrad.torchvision._pillow import is_image, pillow

_WIDE = {"I": np.int32, "I;16": np.int16, "I;16B": np.int16, "F": np.float32}


def _channels_first(array: np.ndarray) -> Any:
    if array.ndim == 2:
        array = array[:, :, None]
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))


def _array_of(image: Any) -> np.ndarray:
    if image.mode == "1":
        return 255 * np.array(image, np.uint8)
    return np.array(image, _WIDE.get(image.mode))


def to_tensor(pic: Any) -> Any:
    """An image or array (H, W, C) as a tensor (C, H, W); bytes become floats from 0 to 1.

    Source: torchvision.transforms.functional.to_tensor.

    >>> to_tensor(np.full((1, 2), 51, np.uint8))
    tensor([[[0.2000, 0.2000]]])
    """
    if isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    elif is_image(pic):
        pic = _array_of(pic)
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if pic.dtype != np.uint8:
        return _channels_first(pic)
    return _channels_first(pic).to(torch.get_default_dtype()).div(255)


def pil_to_tensor(pic: Any) -> Any:
    """An image of Pillow as a tensor (C, H, W) of the same numbers.

    Source: torchvision.transforms.functional.pil_to_tensor.

    >>> pil_to_tensor([1])
    Traceback (most recent call last):
    TypeError: pic should be PIL Image. Got <class 'list'>
    """
    if not is_image(pic):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return _channels_first(np.array(pic))


def convert_image_dtype(image: Any, dtype: Any = None) -> Any:
    """Another dtype, with black and white as they are.

    Source: torchvision.transforms.functional.convert_image_dtype.

    >>> convert_image_dtype(torch.tensor([255], dtype=torch.uint8))
    tensor([1.])
    """
    dtype = torch.float32 if dtype is None else dtype
    if image.dtype == dtype:
        return image
    if image.dtype.is_floating_point:
        if dtype.is_floating_point:
            return image.to(dtype)
        if image.dtype == torch.float32 and dtype in (torch.int32, torch.int64):
            raise RuntimeError(
                f"The cast from {image.dtype} to {dtype} cannot be performed safely."
            )
        return image.mul(torch.iinfo(dtype).max + 1.0 - 1e-3).to(dtype)
    white = torch.iinfo(image.dtype).max
    if dtype.is_floating_point:
        return image.to(dtype) / white
    other = torch.iinfo(dtype).max
    if white > other:
        return torch.div(image, (white + 1) // (other + 1), rounding_mode="floor").to(dtype)
    return image.to(dtype) * ((other + 1) // (white + 1))


#: channels -> dtype -> Pillow's mode; None where several are possible, and the first is taken
_MODES: dict[int, dict[str, str]] = {
    1: {"uint8": "L", "int16": "I;16", "int32": "I", "float32": "F"},
    2: {"uint8": "LA"},
    3: {"uint8": "RGB"},
    4: {"uint8": "RGBA"},
}
_OTHER_MODES = {2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A tensor (C, H, W) or array (H, W, C) as an image of Pillow; floats are from 0 to 1.

    Source: torchvision.transforms.functional.to_pil_image.

    >>> to_pil_image(torch.ones(3, 4, 5)).size
    (5, 4)
    """
    array = _for_pillow(pic)
    channels = array.shape[2]
    modes = _MODES[channels]
    name = array.dtype.name
    if name not in modes:
        raise TypeError(f"Input type {array.dtype} is not supported")
    allowed = _OTHER_MODES.get(channels, (modes[name],))
    if mode is not None and mode not in allowed:
        raise ValueError(
            f"to_pil_image: {channels} channels of {name} make {' or '.join(allowed)}, not {mode}"
        )
    flat = np.ascontiguousarray(array[:, :, 0] if channels == 1 else array)
    image = pillow("Image").fromarray(flat)
    if mode is not None and mode != image.mode:
        image = pillow("Image").frombytes(mode, image.size, flat.tobytes())
    return image


def _for_pillow(pic: Any) -> np.ndarray:
    """The array (H, W, C) of what somebody wants to see."""
    if isinstance(pic, torch.Tensor):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        pic = pic.unsqueeze(0) if pic.ndim == 2 else pic
        if pic.shape[-3] > 4:
            raise ValueError(f"pic should not have > 4 channels. Got {pic.shape[-3]} channels.")
        array = pic.detach().cpu().numpy().transpose(1, 2, 0)
        if array.dtype.kind == "f":
            array = (array * array.dtype.type(255)).astype(np.int32).astype(np.uint8)
        return array
    if not isinstance(pic, np.ndarray):
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    if pic.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    array = pic[:, :, None] if pic.ndim == 2 else pic
    if array.shape[2] > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {array.shape[2]} channels.")
    return array
