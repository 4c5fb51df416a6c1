"""torch.hub: there, so that programs import it; to load raises."""

import re as _re
from urllib.parse import urlparse as urlparse

from lightgrad.torch._core.barred import Refused as _Refused
from lightgrad.torch._core.barred import barred as _barred

__getattr__ = _barred(__name__)

HASH_REGEX = _re.compile(r"-([a-f0-9]*)\.")
load = _Refused("torch.hub.load")
load_state_dict_from_url = _Refused("torch.hub.load_state_dict_from_url")
download_url_to_file = _Refused("torch.hub.download_url_to_file")
