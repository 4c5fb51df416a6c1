"""PyTorch's names of arguments that are also given one by one; dtypes by Python's types."""

import pytest

import lightgrad as light
import lightgrad.torch as torch

KEYWORDS = {
    "permute": ({"dims": (1, 0)}, (3, 2)),
    "flip": ({"dims": (0,)}, (2, 3)),
    "reshape": ({"shape": (3, 2)}, (3, 2)),
    "view": ({"size": (6,)}, (6,)),
    "expand": ({"size": (4, 2, 3)}, (4, 2, 3)),
    "broadcast_to": ({"size": (1, 2, 3)}, (1, 2, 3)),
    "repeat": ({"repeats": (2, 1)}, (4, 3)),
    "tile": ({"dims": (2,)}, (2, 6)),
}
METHODS = frozenset(("view", "expand", "repeat"))


@pytest.mark.parametrize("op", KEYWORDS)
def test_sizes_and_axes_by_their_name(op):
    given, shape = KEYWORDS[op]
    (value,) = given.values()
    for module in (light, torch):
        x = module.arange(6).reshape(2, 3)
        out = getattr(x, op)(**given)
        assert tuple(out.shape) == shape
        assert out.tolist() == getattr(x, op)(value).tolist() == getattr(x, op)(*value).tolist()
        with pytest.raises((light.errors.DtypeError, TypeError)):
            getattr(x, op)(value, **given)
    if op not in METHODS:
        assert tuple(getattr(torch, op)(torch.arange(6).reshape(2, 3), **given).shape) == shape


TAKING = {
    "sum": (),
    "mean": (),
    "prod": (),
    "nansum": (),
    "nanmean": (),
    "norm": (),
    "cumsum": (0,),
    "cumprod": (0,),
    "softmax": (0,),
    "log_softmax": (0,),
}


@pytest.mark.parametrize("op", TAKING)
def test_a_python_type_is_the_widest_dtype(op):
    x = torch.tensor([0.1, 0.7])
    out = getattr(x, op)(*TAKING[op], dtype=float)
    assert out.dtype is torch.float64
    assert out.tolist() == getattr(x.double(), op)(*TAKING[op]).tolist()
    plain = getattr(light.tensor([0.1, 0.7]), op)(*TAKING[op], dtype=float)
    assert plain.dtype == light.float32  # where it is lightgrad's own


def test_a_python_type_is_the_widest_dtype_elsewhere():
    x = torch.ones(2, 2)
    for norm in (torch.linalg.norm, torch.linalg.vector_norm, torch.linalg.matrix_norm):
        assert norm(x, dtype=float).dtype is torch.float64
    assert torch.nn.functional.softmin(x, 0, dtype=float).dtype is torch.float64
    assert torch.nn.Linear(2, 2, dtype=float).weight.dtype is torch.float64
    assert torch.nn.BatchNorm1d(2, dtype=float).running_mean.dtype is torch.float64
    assert light.nn.Linear(2, 2, dtype=float).weight.dtype == light.float32


def test_seeds_of_a_device_that_is_not_there_change_nothing():
    torch.manual_seed(0)
    first = torch.rand(2).tolist()
    torch.manual_seed(0)
    torch.cuda.manual_seed(3)
    torch.cuda.manual_seed_all(3)
    torch.cuda.seed()
    assert torch.rand(2).tolist() == first


def test_where_memory_with_gaps_begins():
    with torch.no_grad():
        row = torch.arange(6.0).reshape(3, 2)[:, 1].detach()
    one = torch.as_strided(row, (), ())
    one.fill_(7)
    assert one.item() == 7 and row.tolist() == [7.0, 3.0, 5.0]
    with pytest.raises(light.errors.UnsupportedError, match="gaps"):
        row.as_strided((2,), (1,))


def test_contiguous_in_a_format():
    x = torch.zeros(2, 3, 4, 5)
    assert x.is_contiguous() and x.is_contiguous(memory_format=torch.contiguous_format)
    assert not x.is_contiguous(memory_format=torch.channels_last)
    assert x.permute(0, 3, 1, 2).is_contiguous(memory_format=torch.channels_last)
    assert not x[0].is_contiguous(memory_format=torch.channels_last)
