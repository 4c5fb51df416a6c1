"""torch.utils."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.utils import data as data

__getattr__ = _lookup(__name__)
