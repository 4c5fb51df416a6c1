"""torch.nn.functional."""

from lightgrad.nn.functional import *
