"""Data sets of images, transforms and pictures of batches, with torchvision's names.

It draws what torchvision draws, and gives the same numbers where Pillow computes
them.  Images need Pillow: ``pip install "lightgrad[vision]"``.
"""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torchvision import datasets as datasets
from lightgrad.torchvision import io as io
from lightgrad.torchvision import models as models
from lightgrad.torchvision import ops as ops
from lightgrad.torchvision import transforms as transforms
from lightgrad.torchvision import utils as utils

#: the version of torchvision whose behaviour this is
__version__ = "0.28.0"


def get_image_backend() -> str:
    """The package that reads images.  Source: torchvision.get_image_backend.

    >>> get_image_backend()
    'PIL'
    """
    return "PIL"


def set_image_backend(backend: str) -> None:
    """Choose the package that reads images: "PIL" is the only one here.

    Source: torchvision.set_image_backend.

    >>> set_image_backend("accimage")
    Traceback (most recent call last):
    ValueError: set_image_backend: expected 'PIL', found 'accimage'
    """
    if backend != "PIL":
        raise ValueError(f"set_image_backend: expected 'PIL', found {backend!r}")


__getattr__ = _lookup(__name__)
