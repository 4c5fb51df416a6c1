"""torch.nn.utils.weight_norm."""

from lightgrad.nn.utils.old_forms import WeightNorm as WeightNorm
from lightgrad.nn.utils.old_forms import remove_weight_norm as remove_weight_norm
from lightgrad.nn.utils.old_forms import weight_norm as weight_norm
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
