"""torch.nn.utils.spectral_norm."""

from lightgrad.nn.utils.old_forms import SpectralNorm as SpectralNorm
from lightgrad.nn.utils.old_forms import remove_spectral_norm as remove_spectral_norm
from lightgrad.nn.utils.old_forms import spectral_norm as spectral_norm
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
