"""torch.optim.lr_scheduler."""

from lightgrad.optim.lr_scheduler import *
