"""torch._inductor: settings of a compiler that is not there."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.switches import Switches as _Switches

__getattr__ = _lookup(__name__)
__path__: list[str] = []  # whose config may be imported

config = _Switches(
    f"{__name__}.config",
    cpp=_Switches(f"{__name__}.config.cpp"),
    triton=_Switches(f"{__name__}.config.triton"),
)
