"""torch.nn: lightgrad's modules, made of torch's tensors."""

from lightgrad.torch._core.late import late as _late
from lightgrad.torch._core.modules import Parameter
from lightgrad.torch.nn import functional, init, modules, parallel, parameter, utils
from lightgrad.torch.nn.modules import *

__getattr__ = _late(__name__, __path__)
