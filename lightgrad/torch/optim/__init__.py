"""torch.optim."""

from lightgrad.optim import *
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.optim import optimizer as optimizer
from lightgrad.torch.optim import swa_utils as swa_utils

# `lightgrad.optim` has a module of this name too, which its own takes the place of
from lightgrad.torch.optim.lr_scheduler import LRScheduler as _LRScheduler

__getattr__ = _lookup(__name__)
