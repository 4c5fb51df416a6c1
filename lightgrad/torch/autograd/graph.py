"""torch.autograd.graph."""

from lightgrad.autograd.func import Function as Node
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
