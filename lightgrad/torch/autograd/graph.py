"""torch.autograd.graph."""

from lightgrad.torch._core.graph import Node as Node
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
