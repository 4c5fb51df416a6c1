"""torch.nn.utils."""

from lightgrad.nn import utils as _utils
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import torchs as _torchs
from lightgrad.torch.nn.utils import clip_grad as clip_grad
from lightgrad.torch.nn.utils import convert_parameters as convert_parameters
from lightgrad.torch.nn.utils import parametrizations as parametrizations
from lightgrad.torch.nn.utils import parametrize as parametrize
from lightgrad.torch.nn.utils import prune as prune
from lightgrad.torch.nn.utils import rnn as rnn
from lightgrad.torch.nn.utils import spectral_norm as _spectral_norm  # before the function
from lightgrad.torch.nn.utils import weight_norm as _weight_norm

_own = {"parametrizations", "parametrize", "prune", "rnn"}  # modules, which stay this package's
globals().update({k: v for k, v in _torchs(_utils).items() if k not in _own})

__getattr__ = _lookup(__name__)
