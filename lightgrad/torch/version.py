"""torch.version: the version of PyTorch whose behaviour this is."""

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

__version__ = "2.13.0+lightgrad"
debug = False
cuda = hip = xpu = git_version = None
