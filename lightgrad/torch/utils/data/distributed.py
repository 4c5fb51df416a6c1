"""torch.utils.data.distributed."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.samplers import DistributedSampler

__all__ = ["DistributedSampler"]

__getattr__ = _lookup(__name__)
