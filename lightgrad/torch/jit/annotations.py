"""torch.jit.annotations: types for programs that a compiler was to read."""

from typing import Any as Any
from typing import Optional as Optional
from typing import Union as Union

from lightgrad.torch._core.classes import Tensor as Tensor
from lightgrad.torch._core.missing import lookup as _lookup

Dict, List, Tuple = dict, list, tuple
Module = Final = Future = Any
BroadcastingList1 = BroadcastingList2 = BroadcastingList3 = list[int]

__getattr__ = _lookup(__name__)
