"""What the tests of changes in place share: tensors of the class that a test runs on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lightgrad.autograd import CpuTensor

#: the tensor class that a test runs on
CLASS: list[Any] = [CpuTensor]


def leaf(values: Any, dtype: str = "float64", requires_grad: bool = True) -> Any:
    return CLASS[0].from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def equal(tensor: Any, values: Any, rtol: float = 1e-10) -> None:
    np.testing.assert_allclose(tensor.numpy(), values, rtol=rtol)


# ----------------------------------------------------------------- recorded changes


def both(program: Any, *arrays: Any) -> None:
    """The same program in lightgrad and torch: value and gradients."""
    ours = [leaf(a) for a in arrays]
    theirs = [torch.tensor(np.array(a, "float64"), requires_grad=True) for a in arrays]
    y, z = program(*ours), program(*theirs)
    equal(y, z.detach().numpy())
    (y * y).sum().backward()
    (z * z).sum().backward()
    for t, u in zip(ours, theirs, strict=True):
        equal(t.grad, u.grad.numpy())
