"""What modules of torch.nn.parallel share."""

from lightgrad.nn import parallel
from lightgrad.torch._core.modules import torchs

NAMES = torchs(parallel)
