"""torch.optim.optimizer."""

from lightgrad.optim.hooks import register_optimizer_step_post_hook as _post
from lightgrad.optim.hooks import register_optimizer_step_pre_hook as _pre
from lightgrad.optim.optimizer import Optimizer
from lightgrad.torch._core.missing import lookup as _lookup

__all__ = ["Optimizer"]

register_optimizer_step_post_hook = _post
register_optimizer_step_pre_hook = _pre

#: stands for a default that must be given, in optimizers of older programs
required = object()

__getattr__ = _lookup(__name__)
