"""torch.nested: there, so that programs import it; tensors have one shape."""

from lightgrad.torch._core.barred import Refused as _Refused
from lightgrad.torch._core.barred import barred as _barred

__getattr__ = _barred(__name__)

nested_tensor = as_nested_tensor = _Refused("torch.nested.nested_tensor")
