"""torch.nested: there, so that programs import it; tensors have one shape."""

from lightgrad.torch._core.missing import Refused as _Refused
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

nested_tensor = as_nested_tensor = _Refused("torch.nested.nested_tensor")
