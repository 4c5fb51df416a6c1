"""torch.utils.model_zoo: there, so that programs import it; to load raises."""

from lightgrad.torch._core.barred import Refused as _Refused
from lightgrad.torch._core.barred import barred as _barred

__getattr__ = _barred(__name__)

load_url = _Refused("torch.utils.model_zoo.load_url")
