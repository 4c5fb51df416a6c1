"""Creation functions: values, dtypes, shapes and requires_grad against torch and NumPy."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.errors import ArgumentError, DeviceError, DtypeError, ShapeError


def same(found: Any, expected: torch.Tensor, exact: bool = True) -> None:
    assert found.dtype.name == str(expected.dtype).removeprefix("torch.")
    assert found.shape == tuple(expected.shape)
    check = np.testing.assert_array_equal if exact else np.testing.assert_allclose
    check(found.numpy(), expected.numpy())


# ----------------------------------------------------------------- tensor


@pytest.mark.parametrize(
    "data",
    [
        1,
        2.5,
        True,
        [],
        [[]],
        [1, 2],
        [1, 2.5],
        [True, False],
        [True, 2],
        [[1.0, 2.0], [3.0, 4.0]],
        (1, (2,))[0:1],
        [np.float64(1.5), np.float64(2.5)],
        np.float64(1.5),
        np.float32(1.5),
        np.int16(3),
        np.bool_(True),
        np.arange(3),
        np.arange(3, dtype=np.uint8),
        np.eye(2),
        np.eye(2, dtype=np.float16),
        np.zeros((0, 3)),
    ],
    ids=repr,
)
def test_tensor_is_as_torch_makes_it(data: Any) -> None:
    same(light.tensor(data), torch.tensor(data))


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
)
def test_tensor_takes_a_dtype(dtype: str) -> None:
    data = [[0, 1, 2.75], [3, 100, 7]]
    same(light.tensor(data, dtype=dtype), torch.tensor(data, dtype=getattr(torch, dtype)))
    assert light.tensor(data, dtype=getattr(light, dtype)).dtype == dtype


def test_python_types_are_dtypes() -> None:
    assert light.tensor([1], dtype=float).dtype == light.float32
    assert light.tensor([1.5], dtype=int).tolist() == [1]
    assert light.tensor([1.5, 0.0], dtype=bool).tolist() == [True, False]


def test_lists_of_tensors_and_arrays() -> None:
    a = light.tensor([1.0, 2.0])
    found = light.tensor([a, [3.0, 4.0], np.array([5, 6])])
    assert found.dtype == light.float32
    assert found.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.is_leaf and found.requires_grad
    assert light.tensor([light.tensor(1), 2.5]).dtype == light.float32
    assert light.tensor([np.float64(1), 2]).dtype == light.float64
    assert light.tensor([light.tensor(1), light.tensor(2)]).dtype == light.int64


def test_tensor_copies_everything() -> None:
    array = np.ones(3, np.float32)
    base = light.tensor(array)
    other, third = light.tensor(base), light.from_numpy(array)
    array[:] = 7
    with light.no_grad():
        base += 1
    assert base.tolist() == [2, 2, 2]
    assert other.tolist() == third.tolist() == [1, 1, 1]


def test_a_tensor_of_foreign_layout_or_byte_order() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert light.tensor(array.T).is_contiguous()
    swapped = light.tensor(array.astype(">f8"))
    assert swapped.dtype is light.float64
    assert swapped.tolist() == array.tolist()


@pytest.mark.parametrize(
    "data, error, text",
    [
        ([[1, 2], [3]], ShapeError, "tensor: the nested lists are ragged: at every depth"),
        ([1, [2]], ShapeError, "ragged"),
        (["a", "b"], DtypeError, r"tensor: found the text 'a'; convert it with float\(\)"),
        ("text", DtypeError, "found the text 'text'"),
        (None, DtypeError, "found None where a number belongs"),
        ([1, None], DtypeError, "found None where a number belongs"),
        (1 + 2j, DtypeError, r"found the complex number \(1\+2j\)"),
        (2**70, DtypeError, "an int of 71 bits does not fit into int64; use a float"),
        ([[0], [2**63]], DtypeError, "an int of 64 bits does not fit into int64"),
        ((v for v in [1]), DtypeError, r"found a generator; make a list of it with list\(\)"),
        (map(int, "1"), DtypeError, "found a map; make a list"),
        ({1, 2}, DtypeError, "found a set; make a list"),
        ({"a": 1}, DtypeError, "found a dict; make a list"),
        (print, DtypeError, "found a value of type builtin_function_or_method"),
        (np.array([None]), DtypeError, "values of dtype object cannot be a tensor's"),
        (np.zeros(2, np.complex64), DtypeError, "complex64"),
    ],
)
def test_tensor_refuses(data: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        light.tensor(data)


def test_values_must_fit() -> None:
    with pytest.raises(DtypeError, match="tensor: values from 1 to 300 do not fit into uint8"):
        light.tensor([1, 300], dtype=light.uint8)
    with pytest.raises(DtypeError, match="'float99' is not a dtype lightgrad knows"):
        light.tensor([1], dtype="float99")


# ----------------------------------------------------------------- requires_grad and device

MAKERS: dict[str, Any] = {
    "tensor": lambda **k: light.tensor([1.0, 2.0], **k),
    "as_tensor": lambda **k: light.as_tensor([1.0, 2.0], **k),
    "from_numpy": lambda **k: light.from_numpy(np.ones(2, np.float32), **k),
    "empty": lambda **k: light.empty(2, **k),
    "zeros": lambda **k: light.zeros(2, **k),
    "ones": lambda **k: light.ones(2, **k),
    "full": lambda **k: light.full((2,), 1.5, **k),
    "eye": lambda **k: light.eye(2, **k),
    "arange": lambda **k: light.arange(2.0, **k),
    "linspace": lambda **k: light.linspace(0, 1, 2, **k),
    "logspace": lambda **k: light.logspace(0, 1, 2, **k),
    "zeros_like": lambda **k: light.zeros_like(light.ones(2), **k),
    "ones_like": lambda **k: light.ones_like(light.ones(2), **k),
    "empty_like": lambda **k: light.empty_like(light.ones(2), **k),
    "full_like": lambda **k: light.full_like(light.ones(2), 2.0, **k),
    "rand": lambda **k: light.rand(2, **k),
    "randn": lambda **k: light.randn(2, **k),
    "rand_like": lambda **k: light.rand_like(light.ones(2), **k),
    "randn_like": lambda **k: light.randn_like(light.ones(2), **k),
    "uniform": lambda **k: light.uniform(0, 1, (2,), **k),
    "normal": lambda **k: light.normal(0, 1, (2,), **k),
    "bernoulli": lambda **k: light.bernoulli(0.5, (2,), **k),
    "xavier": lambda **k: light.xavier(2, 2, **k),
    "xavier_normal": lambda **k: light.xavier_normal(2, 2, **k),
}


class Mirror(light.CpuTensor):
    """A device that knows nothing but what the README asks of one."""

    @staticmethod
    def _wrap(t: Any) -> Any:
        return Mirror(t.data, requires_grad=True)  # has its own idea of the default

    empty = staticmethod(lambda shape, **k: Mirror._wrap(light.CpuTensor.empty(shape, **k)))
    zeros = staticmethod(lambda shape, **k: Mirror._wrap(light.CpuTensor.zeros(shape, **k)))
    ones = staticmethod(lambda shape, **k: Mirror._wrap(light.CpuTensor.ones(shape, **k)))
    from_numpy = staticmethod(lambda a, **k: Mirror._wrap(light.CpuTensor.from_numpy(a, **k)))


@pytest.mark.parametrize("name", MAKERS)
def test_floats_require_gradients_unless_told(name: str) -> None:
    make = MAKERS[name]
    for t in (make(), make(requires_grad=None), make(requires_grad=True)):
        assert t.dtype == light.float32
        assert t.requires_grad and t.is_leaf
    assert not make(requires_grad=False).requires_grad


@pytest.mark.parametrize("name", MAKERS)
def test_every_factory_works_on_every_device(name: str) -> None:
    for wanted in (True, False):
        t = MAKERS[name](device=Mirror, requires_grad=wanted)
        assert type(t) is Mirror
        assert t.requires_grad == wanted
    with pytest.raises(DeviceError, match="no device is called 'moon'; known: .*cpu"):
        MAKERS[name](device="moon")


@pytest.mark.parametrize("name", sorted(set(MAKERS) - {"from_numpy"}))
def test_integers_never_require_gradients(name: str) -> None:
    if "dtype" not in inspect.signature(getattr(light, name)).parameters:
        pytest.fail(f"{name} has no dtype")
    if name in ("rand", "randn", "rand_like", "randn_like", "uniform", "normal") or "xav" in name:
        with pytest.raises(DtypeError, match="only floating tensors can be drawn, not int64"):
            MAKERS[name](dtype=light.int64)
        return
    assert not MAKERS[name](dtype=light.int64).requires_grad
    assert not MAKERS[name](dtype=bool).requires_grad
    with pytest.raises(DtypeError, match="dtype int64 cannot require gradients"):
        MAKERS[name](dtype=light.int64, requires_grad=True)


def test_as_tensor_keeps_what_is_right() -> None:
    x = light.ones(2)
    y = x * 2
    assert light.as_tensor(y) is y
    assert light.as_tensor(x, dtype="float64").grad_fn is not None
    assert light.as_tensor(x, device=light.CpuTensor) is x
    assert light.as_tensor([1, 2]).tolist() == [1, 2]
    with pytest.raises(DtypeError, match="from_numpy: needs a NumPy array, not list"):
        light.from_numpy([1])  # type: ignore[arg-type]


# ----------------------------------------------------------------- shapes


@pytest.mark.parametrize("make", [light.zeros, light.ones, light.empty, light.rand, light.randn])
def test_shapes_in_every_spelling(make: Any) -> None:
    for t in (make(2, 3), make((2, 3)), make([2, 3]), make(shape=(2, 3)), make(size=(2, 3))):
        assert t.shape == (2, 3)
    assert make().shape == make(()).shape == ()
    assert make(4).shape == make(shape=4).shape == (4,)
    assert make(light.tensor(2), np.int64(3)).shape == (2, 3)
    assert make(0, 3).shape == (0, 3)
    with pytest.raises(ShapeError, match=r"sizes must not be negative, not \(2, -1\)"):
        make(2, -1)
    with pytest.raises(DtypeError, match="sizes must be integers"):
        make(2.0)
    with pytest.raises(DtypeError, match="by position or by name, not both"):
        make(2, shape=(3,))
    with pytest.raises(DtypeError, match="give shape= or size=, not both"):
        make(size=(2,), shape=(2,))


# ----------------------------------------------------------------- values


def test_constants() -> None:
    same(light.zeros(2, 3), torch.zeros(2, 3))
    same(light.ones(2, dtype="int16"), torch.ones(2, dtype=torch.int16))
    same(light.full((2, 2), 3), torch.full((2, 2), 3))
    same(light.full((2,), 2.5), torch.full((2,), 2.5))
    same(light.full((), True), torch.full((), True))
    same(light.full((2,), 2, dtype="float64"), torch.full((2,), 2, dtype=torch.float64))
    same(light.eye(3), torch.eye(3))
    same(light.eye(2, 4, dtype="bool"), torch.eye(2, 4, dtype=torch.bool))
    with pytest.raises(ShapeError, match="fill_value must be one number"):
        light.full((2,), [1, 2])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "args",
    [
        (5,),
        (0,),
        (2, 5),
        (2, 10, 3),
        (5, 0, -2),
        (0, 1, 0.1),
        (1.0, 2.0, 0.25),
        (2.5,),
        (3, 3),
        (-1, -4, -1),
        (0, 1, 0.3),
    ],
)
def test_arange(args: tuple[Any, ...]) -> None:
    same(light.arange(*args), torch.arange(*args), exact=False)
    found = light.arange(*args, dtype="float64")
    same(found, torch.arange(*args, dtype=torch.float64), exact=False)


def test_arange_takes_keywords_and_tensors() -> None:
    assert light.arange(start=1, end=light.tensor(4)).tolist() == [1, 2, 3]
    assert light.arange(2**40, 2**40 + 2).tolist() == [2**40, 2**40 + 1]


@pytest.mark.parametrize("args", [(0, 5, 0), (0, 5, -1), (5, 0), (0, float("inf"))])
def test_arange_refuses(args: tuple[Any, ...]) -> None:
    with pytest.raises(ArgumentError, match="arange: no finite range goes from"):
        light.arange(*args)


def test_arange_needs_numbers() -> None:
    with pytest.raises(DtypeError, match="arange: end must be a number, not 'a'"):
        light.arange("a")


@pytest.mark.parametrize("args", [(0, 1, 5), (3, -3, 7), (2, 2, 3), (0, 1, 1), (0, 1, 0)])
def test_linspace(args: Any) -> None:
    for dtype in ("float32", "float64"):
        expected = torch.linspace(*args, dtype=getattr(torch, dtype))
        found = light.linspace(*args, dtype=dtype)
        assert found.shape == tuple(expected.shape)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6, atol=1e-7)
    expected = torch.logspace(*args, base=2)
    np.testing.assert_allclose(light.logspace(*args, base=2).numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("args", [(3, 3), (2, 4, 1), (4, 2, -1), (0, 3)])
def test_triangle_indices(args: Any) -> None:
    same(light.tril_indices(*args), torch.tril_indices(*args))
    same(light.triu_indices(*args), torch.triu_indices(*args))


@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "empty_like"])
def test_like(name: str) -> None:
    t = light.arange(6).reshape(2, 3)
    found, expected = getattr(light, name), getattr(torch, name)
    reference = torch.arange(6).reshape(2, 3)
    assert found(t).dtype == light.int64 and found(t).shape == (2, 3)
    assert found(t, dtype=light.float64).dtype == light.float64
    if name != "empty_like":
        same(found(t), expected(reference))
    same(light.full_like(t, 3), torch.full_like(reference, 3))
    with pytest.raises(DtypeError, match="needs a tensor, not list"):
        found([1, 2])


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 3e10, [1.0, -3e10], [float("nan")]])
def test_floats_that_are_no_ints_are_refused(value: Any) -> None:
    with pytest.raises(DtypeError, match="tensor: values from .* do not fit into int32"):
        light.tensor(value, dtype=light.int32)
    assert light.tensor([1.7, -1.7], dtype=light.int32).tolist() == [1, -1]


def test_the_type_of_all_tensors_makes_them_as_torch_does() -> None:
    for args in ([[1.5, 2]], [np.arange(3)], [(2, 3)], [[]], [light.arange(2)]):
        made = light.Tensor(*args)
        assert type(made) is light.CpuTensor and made.dtype == light.float32
        assert made.tolist() == torch.Tensor(np.asarray(args[0], np.float32)).tolist()
        assert made.requires_grad
    for args in ([2, 3], [5], [0, 2], []):
        assert light.Tensor(*args).shape == tuple(torch.Tensor(*args).shape)
    assert not light.Tensor([1], requires_grad=False).requires_grad
    for args in ([2.5], ["a"], [2, "a"], [[1], [2]]):
        with pytest.raises(DtypeError, match=r"Tensor: expected sizes, .* use light.tensor\(\)"):
            light.Tensor(*args)


def test_the_type_of_all_tensors() -> None:
    x = light.ones(2)
    assert isinstance(x, light.Tensor) and issubclass(light.CpuTensor, light.Tensor)
    assert not isinstance(x.numpy(), light.Tensor)
    assert light.Tensor.exp(x).tolist() == x.exp().tolist()

    class Own(light.Tensor):  # type: ignore[misc]
        dtype, shape = np.dtype("float32"), (2,)

    assert Own.__mro__[1] is light.AbstractTensor and isinstance(Own(None), light.Tensor)
    light.Tensor.register_op(name="twice_for_a_test")(lambda t: t * 2)
    try:
        assert x.twice_for_a_test().tolist() == [2, 2]
    finally:
        del light.AbstractTensor._ops["twice_for_a_test"]
        del light.AbstractTensor.twice_for_a_test
