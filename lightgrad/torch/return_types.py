"""torch.return_types."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.results import TYPES as _TYPES

globals().update(_TYPES)

__getattr__ = _lookup(__name__)
