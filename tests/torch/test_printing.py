"""The text of tensors is PyTorch's, to the character."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from lightgrad.errors import ArgumentError
from lightgrad.torch._core import dtypes
from lightgrad.torch._core.printing import get_printoptions, set_printoptions, text

NAN, INF = math.nan, math.inf
ROW = "[0., 0., 0.,  ..., 0., 0., 0.]"
FIXED = [
    ([1.0, 2.5], "tensor([1.0000, 2.5000])"),
    ([1.0, 2.0], "tensor([1., 2.])"),
    ([[1.0, -2.0]], "tensor([[ 1., -2.]])"),
    ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
    ([1.0, 1000.0], "tensor([   1., 1000.])"),
    ([1.0, 1001.0], "tensor([1.0000e+00, 1.0010e+03])"),
    (1e-4, "tensor(1.0000e-04)"),
    (1e8, "tensor(100000000.)"),
    (100000008.0, "tensor(1.0000e+08)"),
    (12345.678, "tensor(12345.6777)"),
    (1e-45, "tensor(1.4013e-45)"),
    (-0.0, "tensor(-0.)"),
    ([NAN, 1.0], "tensor([nan, 1.])"),
    ([INF, 1.5], "tensor([   inf, 1.5000])"),
    ([-0.0, -INF], "tensor([-0., -inf])"),
    ([[]], "tensor([], size=(1, 0))"),
    ([], "tensor([])"),
]


@pytest.fixture(autouse=True)
def default_options() -> Iterator[None]:
    yield
    set_printoptions(profile="default")


@pytest.mark.parametrize(("values", "said"), FIXED, ids=lambda v: str(v)[:30])
def test_floats(values: object, said: str) -> None:
    assert text(np.float32(values)) == said


def test_other_dtypes() -> None:
    assert text(np.array([1, -20, 300])) == "tensor([  1, -20, 300])"
    assert text(np.array([True, False])) == "tensor([ True, False])"
    assert text(np.array(7, np.uint8)) == "tensor(7, dtype=torch.uint8)"
    assert text(np.float16([1.5])) == "tensor([1.5000], dtype=torch.float16)"
    assert text(np.zeros((0, 2), int)) == "tensor([], size=(0, 2), dtype=torch.int64)"


def test_the_dtype_is_said_where_it_is_not_the_default() -> None:
    dtypes.set_default_dtype(dtypes.float64)
    try:
        assert text(np.float64(1.5)) == "tensor(1.5000)"
        assert text(np.float32(1.5)) == "tensor(1.5000, dtype=torch.float32)"
    finally:
        dtypes.set_default_dtype(dtypes.float32)


def test_what_is_said_besides() -> None:
    assert text(np.float64(1), ["device='cuda:0'", "grad_fn=<MulBackward0>"]) == (
        "tensor(1., device='cuda:0', dtype=torch.float64, grad_fn=<MulBackward0>)"
    )
    assert text(np.ones(17, np.float32), ["requires_grad=True"]) == (
        f"tensor([{', '.join(['1.'] * 17)}],\n       requires_grad=True)"
    )
    assert text(np.float32([1, 2]), name="Mine") == "Mine([1., 2.])"


def test_lines_end_before_the_eightieth_column() -> None:
    row = "0.5000, " * 8 + "0.5000,"
    assert text(np.full((1, 11), 0.5, np.float32)) == (
        f"tensor([[{row}\n         0.5000, 0.5000]])"
    )


def test_long_tensors_are_cut() -> None:
    assert text(np.zeros(1000, np.float32)).count("0.") == 1000
    assert text(np.zeros(1001, np.float32)) == f"tensor({ROW})"
    rows = ",\n        ".join([ROW] * 3 + ["..."] + [ROW] * 3)
    assert text(np.zeros((40, 40), np.float32)) == f"tensor([{rows}])"
    assert text(np.arange(1001)) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"


def test_options() -> None:
    set_printoptions(precision=2, edgeitems=1, threshold=4)
    assert text(np.float32([0.5, 2, 3, 4, 5])) == "tensor([0.50,  ..., 5.00])"
    set_printoptions(profile="full", sci_mode=True)
    assert text(np.float32([1, 2])) == "tensor([1.0000e+00, 2.0000e+00])"
    set_printoptions(sci_mode=False)
    assert text(np.float32([1e-8, 2.5e8])) == "tensor([        0.0000, 250000000.0000])"
    set_printoptions(linewidth=20)
    assert text(np.float32([1.5, 2.25])) == "tensor([1.5000,\n        2.2500])"
    set_printoptions(profile="short")
    assert get_printoptions() == {
        "precision": 2,
        "threshold": 1000,
        "edgeitems": 2,
        "linewidth": 80,
        "sci_mode": None,
    }
    with pytest.raises(ArgumentError, match="default, short, full, not 'long'"):
        set_printoptions(profile="long")


def test_random_tensors_are_printed_as_by_torch() -> None:
    pytest.importorskip("torch")
    from tests.torch import printed

    found = printed.differences(300)
    assert not found, found[0]
