"""torch.hub: there, so that programs import it; to load raises."""

from lightgrad.torch._core.missing import Refused as _Refused
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

load = _Refused("torch.hub.load")
load_state_dict_from_url = _Refused("torch.hub.load_state_dict_from_url")
download_url_to_file = _Refused("torch.hub.download_url_to_file")
