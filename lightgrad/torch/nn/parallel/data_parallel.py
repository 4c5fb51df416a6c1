"""torch.nn.parallel.data_parallel: names of torch.nn.parallel."""

from lightgrad.torch._core.barred import barred as _barred
from lightgrad.torch.nn.parallel._names import NAMES as _NAMES

globals().update(_NAMES)

__getattr__ = _barred(__name__)
