"""torch.nn.parallel: on one device."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.nn.parallel import data_parallel as data_parallel
from lightgrad.torch.nn.parallel import distributed as distributed
from lightgrad.torch.nn.parallel import parallel_apply as parallel_apply
from lightgrad.torch.nn.parallel import replicate as replicate
from lightgrad.torch.nn.parallel import scatter_gather as scatter_gather
from lightgrad.torch.nn.parallel._names import NAMES as _NAMES

globals().update(_NAMES)  # the functions, in place of the modules of their names

__getattr__ = _lookup(__name__)
