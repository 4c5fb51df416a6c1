"""torch.optim."""

from lightgrad.optim import *
from lightgrad.torch.optim import lr_scheduler as lr_scheduler
