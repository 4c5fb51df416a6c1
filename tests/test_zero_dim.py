"""Every op with every option on 0-d tensors: torch's values and gradients, or an error of ours."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad import errors
from lightgrad.autograd import AbstractTensor, grad
from lightgrad.conformance import case
from lightgrad.conformance.case import leaves, mapped
from tests.backends import NAMES, backend
from tests.op_table import ROWS, is_floating, light_call, torch_call

#: at random, parts of other ops that expect what those give them, an old warning of torch
OTHERS = ("_backward", "_", "random", "bernoulli", "dropout", "normalization_statistics", "mT")
#: where kernels differ by their options; of the others a device compiles one for each sample
OPTIONS = ("activation", "clamp", "relu", "rounding", "softmax", "trigonometry")


def zero_dim(sample: Any) -> Any:
    """The sample with the first element of each array in its place."""

    def first(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        return np.asarray(value.ravel()[0] if value.size else 1).reshape(()).astype(value.dtype)

    return case.Call(*mapped((sample.args, sample.kwargs), first))


def kind(value: Any) -> Any:
    return value.dtype if isinstance(value, np.ndarray) else value


def cases() -> list[Any]:
    """Each op with each set of options once."""
    found: dict[Any, Any] = {}
    for device in NAMES:
        for row in ROWS:
            if row.op.endswith(OTHERS) or (device != "cpu" and row.family not in OPTIONS):
                continue
            for sample in row.samples:
                arrays = leaves((sample.args, sample.kwargs))
                if any(isinstance(a, np.ndarray) for a in arrays):
                    new = zero_dim(sample)
                    key = device, row.name, repr(mapped(new.args, kind)), repr(new.kwargs)
                    found.setdefault(key, pytest.param(device, row, new, id=f"{device}-{row.op}"))
    return list(found.values())


def orders(call: Any, derive: Any) -> list[list[Any]]:
    """The outputs, the gradients of their sum, and the gradients of those."""
    found = [[y for y in call.run() if isinstance(y, (AbstractTensor, torch.Tensor))]]
    for _ in range(2):
        live = [y for y in found[-1] if y is not None and y.requires_grad]
        if not live or not call.wanted:
            break
        found.append(list(derive(live, call.wanted)))
    return found


def derive_light(ys: Any, xs: Any) -> Any:
    return grad(ys, xs, [y._filled(1) for y in ys], create_graph=True, allow_unused=True)


def derive_torch(ys: Any, xs: Any) -> Any:
    ones = [torch.ones_like(y) for y in ys]
    return torch.autograd.grad(ys, xs, ones, create_graph=True, allow_unused=True)


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch's
@pytest.mark.parametrize("device, row, sample", cases())
def test_zero_dim(device: str, row: Any, sample: Any) -> None:
    cls = backend(device)
    try:
        right = orders(torch_call(row, sample, "float64"), derive_torch)
    except (RuntimeError, IndexError, ValueError, TypeError, AttributeError):
        with suppress(errors.LightgradError):  # we may accept it, or say what to do
            light_call(row, sample, cls, "float32").run()
        return
    found = orders(light_call(row, sample, cls, "float32"), derive_light)
    for order, (ours, theirs) in enumerate(zip(found, right, strict=False)):
        for y, e in zip(ours, theirs, strict=True):
            expected = np.zeros(()) if e is None else e.detach().numpy(force=True)
            if not np.all(np.isfinite(expected.astype(float))) or (order == 2 and not row.smooth):
                continue
            if y is None:
                np.testing.assert_array_equal(expected, 0)
                continue
            assert y.shape == expected.shape
            np.testing.assert_allclose(
                y.detach().numpy(), expected, rtol=2e-5, atol=4e-5, err_msg=f"order {order}"
            )


def test_zero_dim_floats_are_tested() -> None:
    assert any(is_floating(a) for p in cases() for a in leaves(p.values[2].args))
