"""torch.nn.functional."""

from lightgrad.nn.functional import *
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
