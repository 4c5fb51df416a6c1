"""torch's border of one value."""

from typing import Any

import torch


def _pad(t: Any, widths: Any, value: float) -> Any:
    return torch.nn.functional.pad(t, [n for pair in widths[::-1] for n in pair], value=value)


TORCH = {"pad_constant": _pad}
