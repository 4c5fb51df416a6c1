"""torch.utils.model_zoo: there, so that programs import it; to load raises."""

from lightgrad.torch._core.missing import Refused as _Refused
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

load_url = _Refused("torch.utils.model_zoo.load_url")
