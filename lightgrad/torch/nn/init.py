"""torch.nn.init."""

from lightgrad.nn.init import *
