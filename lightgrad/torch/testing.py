"""torch.testing: comparing tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.torch._core.classes import Tensor
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

#: relative and absolute differences that are rounding, by the dtype
_TOLERANCE = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Any = None,
) -> None:
    """An AssertionError unless two tensors, numbers or nests of them are nearly equal.

    .. math:: |a - e| \\le atol + rtol\\,|e|

    Source: torch.testing.assert_close.

    >>> import lightgrad.torch as torch
    >>> torch.testing.assert_close(torch.ones(2), torch.ones(2) + 1e-7)
    """
    options: dict[str, Any] = {
        "rtol": rtol,
        "atol": atol,
        "equal_nan": equal_nan,
        "check_dtype": check_dtype,
    }
    if isinstance(expected, dict):
        if set(actual) != set(expected):
            raise AssertionError(f"The keys differ: {sorted(actual)} and {sorted(expected)}")
        for key, value in expected.items():
            assert_close(actual[key], value, msg=msg, **options)
    elif isinstance(expected, (tuple, list)):
        if len(actual) != len(expected):
            raise AssertionError(f"The lengths differ: {len(actual)} and {len(expected)}")
        for mine, theirs in zip(actual, expected, strict=True):
            assert_close(mine, theirs, msg=msg, **options)
    else:
        found = _difference(actual, expected, rtol, atol, equal_nan, check_dtype)
        if found:
            raise AssertionError(msg(found) if callable(msg) else msg or found)


def _difference(
    actual: Any, expected: Any, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool
) -> str:
    """How a value differs from what is expected; empty if it does not."""
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    if isinstance(actual, Tensor) != isinstance(expected, Tensor):
        return f"None of {type(actual).__name__} and {type(expected).__name__} is like the other"
    pair: Any = [
        t.detach().cpu()._values() if isinstance(t, Tensor) else np.asarray(t)
        for t in (actual, expected)
    ]
    mine, theirs = pair
    if mine.shape != theirs.shape:
        return f"The values for attribute 'shape' do not match: {actual.shape} != {expected.shape}"
    if check_dtype and isinstance(actual, Tensor) and mine.dtype != theirs.dtype:
        return f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}"
    if rtol is None:
        known = [_TOLERANCE.get(a.dtype.name, (0.0, 0.0)) for a in pair]
        rtol, atol = (max(numbers) for numbers in zip(*known, strict=True))
    wide: Any = [a.astype(np.float64) for a in pair]
    near = np.isclose(wide[0], wide[1], rtol=rtol, atol=atol, equal_nan=equal_nan)
    if near.all():
        return ""
    worst = np.abs(wide[0] - wide[1])
    return (
        f"Tensor-likes are not close!\n\nMismatched elements: {near.size - near.sum()} / "
        f"{near.size} ({100 * (1 - near.mean()):.1f}%)\nGreatest absolute difference: "
        f"{np.nanmax(worst)} (up to {atol} allowed)"
    )


def assert_allclose(
    actual: Any, expected: Any, rtol: Any = None, atol: Any = None, **_: Any
) -> None:
    """`assert_close` whatever the dtypes.  Source: torch.testing.assert_allclose."""
    assert_close(actual, expected, rtol=rtol, atol=atol, check_dtype=False)
