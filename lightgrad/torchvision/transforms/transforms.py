"""torchvision.transforms.transforms: the classes of torchvision.transforms."""

from lightgrad.torchvision import transforms as _transforms

globals().update({k: v for k, v in vars(_transforms).items() if isinstance(v, type)})
