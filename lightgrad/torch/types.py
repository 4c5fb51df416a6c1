"""torch.types: names for annotations."""

import builtins
from collections.abc import Sequence
from typing import Any, TypeAlias

from lightgrad.torch._core.classes import Tensor as Tensor
from lightgrad.torch._core.dtypes import DType as _DType
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

Number: TypeAlias = builtins.int | builtins.float | builtins.bool
Device: TypeAlias = Any
_device: TypeAlias = Any
_dtype = _DType
_int, _float, _bool = builtins.int, builtins.float, builtins.bool
_size: TypeAlias = Sequence[builtins.int]
