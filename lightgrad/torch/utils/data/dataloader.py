"""torch.utils.data.dataloader."""

from lightgrad.torch._core.collate import default_collate, default_convert
from lightgrad.torch._core.loader import DataLoader
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.workers import get_worker_info

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

__getattr__ = _lookup(__name__)
