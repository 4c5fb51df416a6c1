"""torch.nn.utils.parametrize."""

from lightgrad.nn.utils import parametrize as _parametrize
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import torchs as _torchs

globals().update(_torchs(_parametrize))

__getattr__ = _lookup(__name__)
