"""Transforms of images, with torchvision's names."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torchvision.transforms import functional as functional
from lightgrad.torchvision.transforms.base import Compose as Compose
from lightgrad.torchvision.transforms.base import ConvertImageDtype as ConvertImageDtype
from lightgrad.torchvision.transforms.base import Lambda as Lambda
from lightgrad.torchvision.transforms.base import PILToTensor as PILToTensor
from lightgrad.torchvision.transforms.base import RandomApply as RandomApply
from lightgrad.torchvision.transforms.base import RandomChoice as RandomChoice
from lightgrad.torchvision.transforms.base import RandomOrder as RandomOrder
from lightgrad.torchvision.transforms.base import RandomTransforms as RandomTransforms
from lightgrad.torchvision.transforms.base import ToPILImage as ToPILImage
from lightgrad.torchvision.transforms.base import ToTensor as ToTensor
from lightgrad.torchvision.transforms.drawn import RandomAffine as RandomAffine
from lightgrad.torchvision.transforms.drawn import RandomCrop as RandomCrop
from lightgrad.torchvision.transforms.drawn import RandomHorizontalFlip as RandomHorizontalFlip
from lightgrad.torchvision.transforms.drawn import RandomResizedCrop as RandomResizedCrop
from lightgrad.torchvision.transforms.drawn import RandomRotation as RandomRotation
from lightgrad.torchvision.transforms.drawn import RandomVerticalFlip as RandomVerticalFlip
from lightgrad.torchvision.transforms.fixed import CenterCrop as CenterCrop
from lightgrad.torchvision.transforms.fixed import FiveCrop as FiveCrop
from lightgrad.torchvision.transforms.fixed import Grayscale as Grayscale
from lightgrad.torchvision.transforms.fixed import LinearTransformation as LinearTransformation
from lightgrad.torchvision.transforms.fixed import Normalize as Normalize
from lightgrad.torchvision.transforms.fixed import Pad as Pad
from lightgrad.torchvision.transforms.fixed import Resize as Resize
from lightgrad.torchvision.transforms.fixed import TenCrop as TenCrop
from lightgrad.torchvision.transforms.modes import InterpolationMode as InterpolationMode
from lightgrad.torchvision.transforms.recoloured import ColorJitter as ColorJitter
from lightgrad.torchvision.transforms.recoloured import GaussianBlur as GaussianBlur
from lightgrad.torchvision.transforms.recoloured import (
    RandomAdjustSharpness as RandomAdjustSharpness,
)
from lightgrad.torchvision.transforms.recoloured import RandomAutocontrast as RandomAutocontrast
from lightgrad.torchvision.transforms.recoloured import RandomEqualize as RandomEqualize
from lightgrad.torchvision.transforms.recoloured import RandomErasing as RandomErasing
from lightgrad.torchvision.transforms.recoloured import RandomGrayscale as RandomGrayscale
from lightgrad.torchvision.transforms.recoloured import RandomInvert as RandomInvert
from lightgrad.torchvision.transforms.recoloured import RandomPerspective as RandomPerspective
from lightgrad.torchvision.transforms.recoloured import RandomPosterize as RandomPosterize
from lightgrad.torchvision.transforms.recoloured import RandomSolarize as RandomSolarize

__getattr__ = _lookup(__name__)
