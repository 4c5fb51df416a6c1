"""torch.utils.data._utils, for programs that name `collate`."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.utils.data._utils import collate as collate

__getattr__ = _lookup(__name__)
