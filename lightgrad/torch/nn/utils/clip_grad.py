"""torch.nn.utils.clip_grad."""

from lightgrad.nn.utils import clip_grad_norm as clip_grad_norm
from lightgrad.nn.utils import clip_grad_norm_ as clip_grad_norm_
from lightgrad.nn.utils import clip_grad_value_ as clip_grad_value_
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
