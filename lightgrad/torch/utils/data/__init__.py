"""torch.utils.data."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.utils.data import _utils as _utils
from lightgrad.torch.utils.data import dataloader as dataloader
from lightgrad.torch.utils.data import dataset as dataset
from lightgrad.torch.utils.data import distributed as distributed
from lightgrad.torch.utils.data import sampler as sampler
from lightgrad.torch.utils.data.dataloader import *
from lightgrad.torch.utils.data.dataset import *
from lightgrad.torch.utils.data.distributed import *
from lightgrad.torch.utils.data.sampler import *

__getattr__ = _lookup(__name__)
