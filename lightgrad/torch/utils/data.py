"""torch.utils.data."""

from lightgrad.data import *
