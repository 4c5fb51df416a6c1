"""What torch's optimizers have besides steps: names, hooks, options, classes of a program's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lightgrad import optim
from lightgrad.autograd import CpuTensor
from lightgrad.errors import OptimizerError
from tests.optim.pairs import leaf, params


def test_names_of_parameters_are_kept() -> None:
    light, other = params()
    names = ["a", "b", "c"]
    ours = optim.SGD(list(zip(names, light, strict=True)), 0.1)
    theirs = torch.optim.SGD(list(zip(names, other, strict=True)), 0.1)
    assert repr(ours) == repr(theirs)
    assert ours.state_dict()["param_groups"] == theirs.state_dict()["param_groups"]
    with pytest.raises(OptimizerError, match="should be with/without names; parameter 1 has none"):
        optim.SGD([("a", light[0]), light[1]])
    with pytest.raises(OptimizerError, match="should be with/without names; some of the groups"):
        ours.add_param_group({"params": leaf(1)})


def test_a_set_of_parameters_has_no_order() -> None:
    with pytest.raises(OptimizerError, match="another order on every run; use a list"):
        optim.SGD([{"params": {leaf(1)}}])


def test_options_that_change_nothing_are_taken() -> None:
    p = leaf(1, 2)
    optimizer = optim.Adam([p], 0.5, foreach=True, capturable=True)
    p.grad = leaf(1, 1).detach()
    optimizer.step()
    np.testing.assert_allclose(p.numpy(), [0.5, 1.5], rtol=1e-6)
    with pytest.raises(OptimizerError, match="`fused` and `foreach` cannot be `True` together"):
        optim.SGD([p], foreach=True, fused=True)
    with pytest.raises(OptimizerError, match="differentiable=True has no gradient"):
        optim.SGD([p], differentiable=True)


def test_a_rate_may_be_a_tensor() -> None:
    p = leaf(1, 2)
    optimizer = optim.SGD([p], CpuTensor.from_numpy(np.float32(0.5)))
    p.grad = leaf(1, 1).detach()
    optimizer.step()
    assert p.tolist() == [0.5, 1.5]


def test_hooks_around_steps_and_state_dicts() -> None:
    p = leaf(1)
    told: list[Any] = []

    class Doubled(optim.SGD):
        def step(self, closure: Any = None) -> Any:
            told.append("step")
            return super().step(closure)

    optimizer = Doubled([p], lr=0.5)
    handles = [
        optimizer.register_step_pre_hook(lambda o, a, k: told.append(("before", a[1:], k))),
        optimizer.register_step_post_hook(lambda o, a, k: told.append("after")),
        optimizer.register_state_dict_pre_hook(lambda o: told.append("save")),
        optimizer.register_state_dict_post_hook(lambda o, s: {**s, "more": 1}),
        optimizer.register_load_state_dict_pre_hook(lambda o, s: {**s, "less": 1}),
        optimizer.register_load_state_dict_post_hook(lambda o: told.append("loaded")),
    ]
    assert optimizer.step(None) is None
    saved = optimizer.state_dict()
    optimizer.load_state_dict(saved)
    assert saved["more"] == 1 and len(handles) == 6
    assert told == [("before", (None,), {}), "step", "after", "save", "loaded"]
    told.clear()
    for handle in handles:
        handle.remove()
    optimizer.step()
    assert told == ["step"]


def test_an_optimizer_of_torchs_kind_keeps_any_state() -> None:
    """Written with step() instead of a rule, as programs for torch do."""

    class Plain(optim.Optimizer):
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["seen"] = state.get("seen", 0) + 1
                    state["last"] = [p.grad.detach()]

    p, q = leaf(1), leaf(2)
    first, second = Plain([p], {"size": 1}), Plain([q], {"size": 2})
    p.grad = leaf(3).detach()
    first.step()
    second.load_state_dict(first.state_dict())
    assert first.step_count == 1 and second.param_groups[0]["size"] == 1
    assert second.state[q]["seen"] == 1 and second.state[q]["last"][0].tolist() == [3]
    assert second.state[q]["last"][0] is not first.state[p]["last"][0]
