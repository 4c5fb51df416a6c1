"""torch.optim."""

from lightgrad.optim import *
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.optim import lr_scheduler as lr_scheduler

__getattr__ = _lookup(__name__)
