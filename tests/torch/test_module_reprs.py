"""Modules, optimizers, results and other objects print as PyTorch's."""

from __future__ import annotations

import copy
import pickle

import pytest

import lightgrad.torch as torch

#: calls whose text has numbers that are drawn, or names a class by its place
OTHERWISE = {
    "Linear(2, 3).weight",  # drawn
    "optim.lr_scheduler.StepLR(optim.SGD([p], lr=0.1), 2).state_dict()",  # has other counters
    "type(p)",  # a parameter is a tensor with a mark
    "torch.ones(3).kthvalue(2)",  # takes another one of equal elements
    "torch.nn.Linear",  # says torch while it is installed
    "torch.optim.SGD",
    "torch.nn.Module",
    "torch.nn.functional.relu",
    "torch.autograd.Function",
    "torch.no_grad",
    "torch.utils.data.DataLoader",
    'torch.randn(3).var_mean() if hasattr(torch.Tensor, "var_mean") else 0',
}


@pytest.mark.parametrize("title", ["MODULES", "OTHERS"])
def test_objects_print_as_in_torch(title: str) -> None:
    theirs = pytest.importorskip("torch")
    from tests.torch import module_reprs

    calls = module_reprs.calls(getattr(module_reprs, title))
    found = [(c, module_reprs.text_of(c, torch), module_reprs.text_of(c, theirs)) for c in calls]
    known = [each for each in found if "Error: " not in each[1] and each[0] not in OTHERWISE]
    assert [each for each in known if each[1] != each[2]] == []
    assert len(known) > {"MODULES": 215, "OTHERS": 60}[title]


def test_a_network_prints_its_layers() -> None:
    nn = torch.nn
    net = nn.Sequential(nn.Linear(2, 3), nn.ModuleList([nn.ReLU(), nn.ReLU()]), nn.Dropout(0.1))
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): ModuleList(\n"
        "    (0-1): 2 x ReLU()\n"
        "  )\n"
        "  (2): Dropout(p=0.1, inplace=False)\n"
        ")"
    )
    assert repr(nn.ReLU().parameters) == "<bound method Module.parameters of ReLU()>"


def test_an_optimizer_prints_its_groups() -> None:
    a, b = torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.LBFGS([a])
    assert repr(optimizer).splitlines()[:3] == [
        "LBFGS (",
        "Parameter Group 0",
        "    history_size: 100",
    ]
    two = repr(torch.optim.SGD([{"params": [a], "lr": 1}, {"params": [b]}], lr=0.1))
    assert "    weight_decay: 0\n\nParameter Group 1\n" in two and two.endswith(
        "weight_decay: 0\n)"
    )


def test_several_results_have_names() -> None:
    found = torch.tensor([[1.0, 3.0], [4.0, 2.0]]).max(1)
    assert repr(found) == (
        "torch.return_types.max(\nvalues=tensor([3., 4.]),\nindices=tensor([1, 0]))"
    )
    values, indices = found
    assert found.values is values is found[0] and found.indices is indices
    assert isinstance(found, torch.return_types.max) and repr(type(found)) == (
        "<class 'torch.return_types.max'>"
    )
    for again in (copy.copy(found), pickle.loads(pickle.dumps(found))):
        assert type(again) is type(found) and again.values.tolist() == [3, 4]
    assert repr(torch.max(torch.ones(1, 1), 1)[0]) == "tensor([1.])"
    assert type(torch.sort(torch.ones(2))).__name__ == "sort"
