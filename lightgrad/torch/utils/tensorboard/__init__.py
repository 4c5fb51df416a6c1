"""torch.utils.tensorboard: what TensorBoard shows, written by the package tensorboardX."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.utils.tensorboard.writer import SummaryWriter as SummaryWriter

__getattr__ = _lookup(__name__)
