"""torch.nn.parallel: on one device."""

from lightgrad.nn import parallel as _parallel
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import torchs as _torchs

globals().update(_torchs(_parallel))

__getattr__ = _lookup(__name__)
