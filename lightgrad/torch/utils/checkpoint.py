"""torch.utils.checkpoint."""

from lightgrad.autograd.utils.checkpoint import STREAMS as _STREAMS
from lightgrad.autograd.utils.checkpoint import checkpoint as checkpoint
from lightgrad.autograd.utils.checkpoint import checkpoint_sequential as checkpoint_sequential
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.stream import default_generator as _generator

_STREAMS.append(lambda: _generator)

__getattr__ = _lookup(__name__)
