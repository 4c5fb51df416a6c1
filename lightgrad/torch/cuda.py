"""torch.cuda: the accelerator that stands for CUDA."""

from lightgrad.torch._core.missing import lookup as _lookup


def is_available() -> bool:
    """Whether a device is called cuda."""
    return False


__getattr__ = _lookup(__name__)
