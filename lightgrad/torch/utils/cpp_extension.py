"""torch.utils.cpp_extension: there, so that programs import it; to build raises."""

from lightgrad.torch._core.barred import Refused as _Refused
from lightgrad.torch._core.barred import barred as _barred

__getattr__ = _barred(__name__)

CUDA_HOME = None
CUDAExtension = _Refused("torch.utils.cpp_extension.CUDAExtension")
CppExtension = _Refused("torch.utils.cpp_extension.CppExtension")
BuildExtension = _Refused("torch.utils.cpp_extension.BuildExtension")
load = _Refused("torch.utils.cpp_extension.load")
load_inline = _Refused("torch.utils.cpp_extension.load_inline")
