"""OpenCL kernels that pick and place elements by index tensors and masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import Op
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import selection as rules

register = OpenCLTensor.register_op()

_CHOOSE = Op("where", lambda t, condition, a, b: t.choose(condition, a, b), np.where)


@register
class masked_fill(rules.masked_fill):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, mask: OpenCLTensor, value: Any) -> OpenCLTensor:
        a = t._data
        if isinstance(value, OpenCLTensor):
            value = value._data
        elif a.dtype.kind != "f":
            value = a.dtype.type(value).item()  # an OverflowError where it does not fit
        return type(t)(record(_CHOOSE, (mask._data, value, a), a.dtype))


@register
class where(rules.where):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, condition: OpenCLTensor, other: OpenCLTensor) -> OpenCLTensor:
        a = t._data
        return type(t)(record(_CHOOSE, (condition._data, a, other._data), a.dtype))
