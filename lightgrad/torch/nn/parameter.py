"""torch.nn.parameter."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.parameter import Parameter as Parameter

__getattr__ = _lookup(__name__)
