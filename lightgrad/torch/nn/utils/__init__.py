"""torch.nn.utils."""

from lightgrad.nn.utils import *
