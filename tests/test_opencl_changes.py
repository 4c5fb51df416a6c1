"""Changes in place on OpenCL: what was recorded before them keeps its values, views follow."""

from __future__ import annotations

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import (
    DtypeError,
    InplaceError,
    ShapeError,
)
from tests.on_opencl import place


def test_what_was_recorded_before_a_change_shows_the_old_values() -> None:
    x = place([1, 2, 3])
    y = x * 2
    z = y + 1
    total = (x * x).sum()
    x += 1
    after = x * 2
    assert (y.tolist(), z.tolist(), total.item()) == ([2, 4, 6], [3, 5, 7], 14)
    assert (x.tolist(), after.tolist()) == ([2, 3, 4], [4, 6, 8])


def test_a_view_and_its_base_change_together() -> None:
    x = place(np.arange(6).reshape(2, 3))
    turned, row = x.T, x[1]
    old = turned * 10
    x += 1
    row *= 2
    assert x.tolist() == [[1, 2, 3], [8, 10, 12]]
    assert turned.tolist() == [[1, 8], [2, 10], [3, 12]]
    assert old.tolist() == [[0, 30], [10, 40], [20, 50]]


def test_overlapping_memory_is_read_before_it_is_written() -> None:
    values = np.arange(9, dtype=np.float32).reshape(3, 3)
    x = place(values)
    x += x.T
    assert x.tolist() == (values + values.T).tolist()
    x = place(values)
    x[1:] = x[:-1]
    x[0] = x[2] * 2 + x[1]
    want = values.copy()
    want[1:] = values[:-1]
    want[0] = want[2] * 2 + want[1]
    assert x.tolist() == want.tolist()
    line = place(np.arange(5000))
    line[1:] = line[:-1] + 1
    assert line.tolist() == [0, *range(1, 5000)]


def test_recorded_values_of_another_shape_are_old_too() -> None:
    x = place([3])
    h = x * 2
    k = h + 1
    x.reshape(1, 1).copy_(k + place([[10]]))
    assert (x.tolist(), h.tolist(), k.tolist()) == ([17], [6], [7])
    x, row = place([[1, 2, 3]]), place([5, 6, 7])
    first = x.reshape(3) * 2
    x += first + row
    assert (x.tolist(), first.tolist()) == ([[8, 12, 16]], [2, 4, 6])


def test_what_is_copied_into_place_stays_apart() -> None:
    x = place([1, 2, 3])
    for put in (
        lambda a: light.cat([a, x]),
        lambda a: light.stack([a, x]),
        lambda a: light.pad(a, (1, 1)),
        lambda a: place(np.zeros(3)).copy_(a),
        lambda a: light.diag(a),
    ):
        a = x * 2
        out = put(a)
        out += 1
        assert a.tolist() == [2, 4, 6]
    z, a = place(np.zeros((2, 3))), x * 2
    z[0] = a
    z += 1
    assert (a.tolist(), z.tolist()) == ([2, 4, 6], [[3, 5, 7], [1, 1, 1]])
    a = x[:2] * 2
    x[1:] = a
    assert (a.tolist(), x.tolist()) == ([2, 4], [1, 2, 4])


def test_writing_through_slices() -> None:
    want = np.zeros((4, 6), np.float32)
    x = place(want)
    for key, value in ((slice(None, None, 2), 1.0), ((slice(None), 3), 2.0), ((1, 2), 3.0)):
        x[key], want[key] = value, value
    x[:, ::2] = place(np.arange(12).reshape(4, 3)) + 1
    want[:, ::2] = np.arange(12).reshape(4, 3) + 1
    x[-1] = x[0]
    want[-1] = want[0]
    assert x.tolist() == want.tolist()


def test_a_change_after_a_value_was_saved_is_noticed() -> None:
    w = place([1, 2], requires_grad=True)
    y = (w * w).sum()
    with light.no_grad():
        w -= 1
    with pytest.raises(InplaceError):
        y.backward()


def test_repeated_memory_cannot_be_written() -> None:
    x = place([[1], [2]]).expand(2, 3)
    with pytest.raises(InplaceError, match="clone"):
        x += 1


def test_random_changes_against_numpy() -> None:
    """Recorded values, views and writes in any order show what NumPy shows."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        array = rng.integers(-4, 5, (4, 4)).astype(np.float32)
        x = place(array)
        pairs = [
            (x, array),
            (x.T, array.T),
            (x[1:3], array[1:3]),
            (x.reshape(-1), array.reshape(-1)),
        ]
        kept = []
        for _ in range(12):
            (t, a), (u, b) = (pairs[i] for i in rng.integers(0, len(pairs), 2))
            step = rng.integers(0, 4)
            if step == 0:
                kept.append((t * 2 + u.sum(), a * 2 + b.sum()))
            elif step == 1 and t.shape == u.shape:
                t += u
                a += b.copy()
            elif step == 2:
                t[0] = t[-1] + 1
                a[0] = a[-1] + 1
            elif kept:
                value, want = kept[rng.integers(0, len(kept))]
                kept.append((value - 1, want - 1))
        for t, a in [*kept, *pairs]:
            np.testing.assert_array_equal(t.numpy(), a)


def test_a_number_that_the_dtype_cannot_hold() -> None:
    """C would cut it off; comparisons know the answer, as NumPy does."""
    x, y = place([1, -3], np.int8), place([1, 0], np.uint8)
    for op in ("add", "sub", "mul", "floor_divide", "remainder", "maximum", "bitwise_or", "pow"):
        with pytest.raises(DtypeError, match=f"{op}: Python integer 200 out of bounds for int8"):
            getattr(x, op)(200)
    with pytest.raises(DtypeError, match="add: .* out of bounds for int64"):
        place([1], np.int64) + 2**70
    assert ((x < 200).tolist(), (x >= 200).tolist()) == ([True, True], [False, False])
    assert ((y < -1).tolist(), (y == 256).tolist()) == ([False, False], [False, False])
    assert (place([5], np.int32) < 2**40).tolist() == [True]
    assert (place([5], np.int64) != 2**70).tolist() == [True]
    assert (y.logical_and(256).tolist(), y.logical_xor(256).tolist()) == (
        [True, False],
        [False, True],
    )


def test_indices_are_known_only_where_they_have_been_looked_at() -> None:
    index = place([0, 1, 2, 3, 9, 9, 9, 9], np.int64) + 0
    x = place([1, 2, 3, 4])
    assert x[index[:4].expand(2, 4)].tolist() == [[1, 2, 3, 4]] * 2  # of the size of all
    with pytest.raises(ShapeError, match="index 9 is out of bounds"):
        x[index]
