"""torch.nn.utils.parametrizations."""

from lightgrad.nn.utils import parametrizations as _parametrizations
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import torchs as _torchs

globals().update(_torchs(_parametrizations))

__getattr__ = _lookup(__name__)
