"""NumPy kernels that move values without changing them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import movement as rules

register = CpuTensor.register_op()


@register
class reshape(rules.reshape):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, shape: Any) -> Any:
        return t._view(t.data.reshape(shape))


@register
class permute(rules.permute):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any) -> Any:
        return t._view(t.data.transpose(dims))


@register
class expand(rules.expand):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, shape: Any) -> Any:
        return t._view(np.broadcast_to(t.data, shape))


@register
class cast(rules.cast):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dtype: Any) -> Any:
        return CpuTensor(t.data.astype(dtype))


@register
class clone(rules.clone):
    __slots__ = ()

    def forward(ctx, t: CpuTensor) -> Any:
        return CpuTensor(t.data.copy("K"))
