"""torch.utils."""

from lightgrad.torch.utils import data as data
