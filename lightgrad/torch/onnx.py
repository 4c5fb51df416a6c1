"""torch.onnx: there, so that programs import it; to export raises."""

from lightgrad.torch._core.barred import Refused as _Refused
from lightgrad.torch._core.barred import barred as _barred

__getattr__ = _barred(__name__)
__path__: list[str] = []

export = dynamo_export = _Refused("torch.onnx.export")


def is_in_onnx_export() -> bool:
    """False.  Source: torch.onnx.is_in_onnx_export."""
    return False
