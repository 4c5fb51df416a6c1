"""torch.linalg."""

from lightgrad.linalg import *
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
