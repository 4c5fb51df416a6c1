"""torch.optim.lr_scheduler."""

from lightgrad.optim.lr_scheduler import *
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
