"""torch.nn: lightgrad's modules, made of torch's tensors."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import Parameter
from lightgrad.torch.nn import functional, init, modules, parameter, utils
from lightgrad.torch.nn.modules import *

__getattr__ = _lookup(__name__)
