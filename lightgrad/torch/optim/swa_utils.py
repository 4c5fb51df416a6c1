"""torch.optim.swa_utils."""

from lightgrad.optim.lr_scheduler import SWALR
from lightgrad.torch._core.averaging import (
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)
from lightgrad.torch._core.missing import lookup as _lookup

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

__getattr__ = _lookup(__name__)
