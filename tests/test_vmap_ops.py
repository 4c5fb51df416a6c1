"""Every operation inside of ``vmap``, against a loop over the samples."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.functional import vmap
from lightgrad.conformance.case import leaves, mapped
from lightgrad.conformance.rows import ROWS
from lightgrad.errors import LightgradError, VmapError, VmapFallbackWarning

FAMILIES = sorted({row.family for row in ROWS})


def _tensor(array: np.ndarray) -> Any:
    return CpuTensor.from_numpy(np.array(array), requires_grad=False)


def _flat(out: Any) -> list[Any]:
    return leaves(tuple(out) if isinstance(out, (tuple, list)) else out)


def _samples(array: np.ndarray) -> list[np.ndarray]:
    return [array, np.flip(array).copy()]


def _masks(n: int) -> set[tuple[bool, ...]]:
    """Which arguments differ between the samples: all, and the first or the last alone."""
    alone = {tuple(i == k for i in range(n)) for k in (0, n - 1)}
    return {(True,) * n, *alone}


def _compared(row: Any, sample: Any, mask: tuple[bool, ...]) -> bool:
    """Whether map and loop could be compared; they agree, or the map refuses."""
    arrays = [v for v in leaves((sample.args, sample.kwargs)) if isinstance(v, np.ndarray)]

    def call(tensors: Any) -> list[Any]:
        given = iter(tensors)
        args, kwargs = mapped(
            (sample.args, sample.kwargs),
            lambda v: next(given) if isinstance(v, np.ndarray) else v,
        )
        return _flat(row.run(*args, **kwargs))

    pairs = [(_samples(a), m) for a, m in zip(arrays, mask, strict=True)]
    try:
        loop = [call(_tensor(s[i] if m else s[0]) for s, m in pairs) for i in range(2)]
    except LightgradError:  # the other sample is none of this operation
        return False
    if not all(isinstance(y, AbstractTensor) for y in loop[0]):
        return False
    if [y.shape for y in loop[0]] != [y.shape for y in loop[1]]:
        return False
    stacked = [_tensor(np.stack(s) if m else s[0]) for s, m in pairs]
    in_dims = tuple(0 if m else None for m in mask)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VmapFallbackWarning)
        try:
            found = vmap(lambda *ts: tuple(call(ts)), in_dims)(*stacked)
        except VmapError:  # it draws, looks at values, or changes what is the same for all
            return False
    for k, y in enumerate(found):
        expected = np.stack([out[k].numpy() for out in loop])
        assert (y.dtype, y.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6, atol=1e-8)
    return True


@pytest.mark.parametrize("family", FAMILIES)
def test_a_map_is_the_loop_over_the_samples(family: str) -> None:
    done = failed = 0
    texts = []
    for row in ROWS:
        if row.family != family or row.op == "apply_update_" or "in place" in row.name:
            continue
        for sample in row.samples[:3]:
            arrays = [v for v in leaves((sample.args, sample.kwargs)) if isinstance(v, np.ndarray)]
            for mask in _masks(len(arrays)) if arrays else ():
                try:
                    done += _compared(row, sample, mask)
                except Exception as error:
                    failed += 1
                    texts.append(f"{row.name} {mask}: {type(error).__name__} {error}"[:400])
    assert not failed, "\n".join(texts[:8])
    assert done or family in ("distributions", "optimize", "random", "inplace", "dropout")
