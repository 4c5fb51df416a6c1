"""torch.nn.utils.prune."""

from lightgrad.nn.utils import prune as _prune
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import torchs as _torchs

globals().update(_torchs(_prune))

__getattr__ = _lookup(__name__)
