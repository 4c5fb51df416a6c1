"""torch.cuda.amp."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.amp import GradScaler as GradScaler
from lightgrad.torch.amp import autocast as autocast
from lightgrad.torch.amp import custom_bwd as custom_bwd
from lightgrad.torch.amp import custom_fwd as custom_fwd

__getattr__ = _lookup(__name__)
