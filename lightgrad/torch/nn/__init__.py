"""torch.nn: lightgrad's modules, made of torch's tensors."""

from lightgrad import nn as _nn
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import Module, Parameter
from lightgrad.torch._core.modules import variant as _variant
from lightgrad.torch.nn import functional, init, parameter, utils

for _name, _value in vars(_nn).items():
    if isinstance(_value, type) and issubclass(_value, _nn.Module) and _name not in globals():
        globals()[_name] = _variant(_value)

__getattr__ = _lookup(__name__)
