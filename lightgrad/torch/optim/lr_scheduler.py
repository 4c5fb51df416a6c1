"""torch.optim.lr_scheduler."""

from lightgrad.optim.lr_scheduler import *
from lightgrad.optim.lr_scheduler import LRScheduler as LRScheduler
from lightgrad.torch._core.missing import lookup as _lookup

#: the name that older programs have
_LRScheduler = LRScheduler

__getattr__ = _lookup(__name__)
