"""torch.utils.data._utils.collate."""

from lightgrad.torch._core.collate import collate as collate
from lightgrad.torch._core.collate import default_collate as default_collate
from lightgrad.torch._core.collate import default_collate_fn_map as default_collate_fn_map
from lightgrad.torch._core.collate import default_convert as default_convert
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
