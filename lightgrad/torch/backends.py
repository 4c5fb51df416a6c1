"""torch.backends: switches of libraries that are not there, which are kept and change nothing."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.switches import Switches as _Switches
from lightgrad.torch._core.switches import flags as _flags
from lightgrad.torch._core.switches import no as _no

__getattr__ = _lookup(__name__)
__path__: list[str] = []

cudnn = _Switches(
    f"{__name__}.cudnn",
    allow_tf32=True,
    benchmark=False,
    deterministic=False,
    enabled=True,
    flags=_flags,
    is_available=_no,
    version=lambda: None,
)
cuda = _Switches(
    f"{__name__}.cuda",
    cudnn_sdp_enabled=_no,
    enable_cudnn_sdp=_flags,
    enable_flash_sdp=_flags,
    enable_math_sdp=_flags,
    enable_mem_efficient_sdp=_flags,
    flash_sdp_enabled=_no,
    is_built=_no,
    math_sdp_enabled=lambda: True,
    matmul=_Switches(
        f"{__name__}.cuda.matmul",
        allow_bf16_reduced_precision_reduction=True,
        allow_fp16_reduced_precision_reduction=True,
        allow_tf32=False,
    ),
    mem_efficient_sdp_enabled=_no,
    sdp_kernel=_flags,
)
mps = _Switches(f"{__name__}.mps", is_available=_no, is_built=_no)
mkldnn = _Switches(f"{__name__}.mkldnn", enabled=True, flags=_flags, is_available=_no)
mkl = _Switches(f"{__name__}.mkl", is_available=_no)
openmp = _Switches(f"{__name__}.openmp", is_available=_no)
opt_einsum = _Switches(f"{__name__}.opt_einsum", enabled=False, is_available=_no)
quantized = _Switches(f"{__name__}.quantized", engine="none", supported_engines=["none"])
