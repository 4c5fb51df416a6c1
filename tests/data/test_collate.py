"""What makes a batch of samples: the same as torch makes, or an error that names them."""

from __future__ import annotations

import collections
import enum

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.data import collate
from lightgrad.errors import DtypeError, ShapeError

Point = collections.namedtuple("Point", "x y")


class Colour(enum.IntEnum):
    RED = 1


def test_collate_agrees_with_torch():
    for samples in (
        [1, 2],
        [True, False],
        [np.float64(2), np.float64(3)],
        [np.ones((2, 2), np.float32)] * 3,
        [np.arange(3)] * 2,
        [1.5, np.float64(2)],
        [np.float64(2), 1.5],
        [3, np.int64(4)],
        [np.int64(4), 3],
        [np.int8(1), 300],
        [np.bool_(True), 2.5],
        [np.int64(1), np.float32(2.5)],
        [np.arange(2), np.ones(2, np.float32)],
        [Colour.RED, 2],
        [True, Colour.RED],
        [2**63, 1.5],
    ):
        mine, theirs = collate(samples), torch.utils.data.default_collate(samples)
        assert str(mine.dtype) == str(theirs.dtype).removeprefix("torch.")
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
        assert not mine.requires_grad


def test_collate_makes_python_floats_float32():
    # torch makes float64 of them here, and float32 everywhere else
    batch = collate([0.5, 2.0])
    assert str(batch.dtype) == "float32" and batch.tolist() == [0.5, 2.0]


def test_collate_containers():
    point = collate([Point(1, "a"), Point(2, "b")])
    assert type(point) is Point and point.x.tolist() == [1, 2] and point.y == ["a", "b"]
    nested = collate([{"a": (1, [2.0])}, {"a": (3, [4.0])}])
    assert nested["a"][0].tolist() == [1, 3] and nested["a"][1][0].tolist() == [2.0, 4.0]
    stacked = collate([light.ones(2), light.zeros(2)])
    assert stacked.tolist() == [[1, 1], [0, 0]]
    assert collate([1, 2.5]).tolist() == [1.0, 2.5]


@pytest.mark.parametrize(
    "samples",
    [
        [np.ones(2), np.ones(3)],
        [light.ones(2), light.ones(3)],
        [(1, 2), (1,)],
    ],
)
def test_samples_of_different_sizes(samples):
    with pytest.raises(ShapeError, match="samples 0 and 1 of the batch differ in size.*pad"):
        collate(samples)


@pytest.mark.parametrize(
    "samples, match",
    [
        ([np.ones(2), None], "ndarray and NoneType"),
        ([light.ones(2), np.ones(2)], "CpuTensor and ndarray"),
        ([1, "a"], "int and str"),
        ([(1,), 3], "tuple and int"),
        ([{"a": 1}, (1,)], "dict and tuple"),
        ([{"a": 1, "b": 2}, {"a": 1}], "sample 1 of the batch has no key 'b'"),
        ([2**70, 1], "use floats"),
        ([np.int64(1), 2**70], "use floats"),
    ],
)
def test_samples_of_different_kinds(samples, match):
    with pytest.raises(DtypeError, match=match):
        collate(samples)


def test_collate_keeps_text_in_a_list():
    assert collate([np.str_("a"), np.str_("b")]) == ["a", "b"]
    with pytest.raises(ShapeError, match="no samples"):
        collate([])
