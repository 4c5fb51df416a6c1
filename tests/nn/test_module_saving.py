"""Saving and loading that modules and hooks change, beside torch; mappings that are live."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.errors import StateDictError
from tests.nn.test_module_hooks import plain

LIBRARIES = [light, torch]


def both(program: Any) -> None:
    mine, theirs = (plain(program(lib.nn, lib)) for lib in LIBRARIES)
    assert mine == theirs


def net(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1, bias=False))


def fixed(nn: Any, lib: Any) -> Any:
    f = nn.Linear(2, 1)
    with lib.no_grad():
        f.weight.fill_(2.0)
        f.bias.fill_(3.0)
    return f


def test_state_dict_as_torch_makes_it() -> None:
    def program(nn, lib):
        state = net(nn).state_dict(prefix="net.")
        into = OrderedDict(first=1)
        assert net(nn).state_dict(destination=into) is into
        kept = net(nn).state_dict(keep_vars=True)["0.weight"]
        return [
            list(state),
            list(state._metadata),
            list(into),
            kept.requires_grad,
            type(state).__name__,
        ]

    both(program)


def test_a_module_that_saves_more() -> None:
    def program(nn, lib):
        class Counting(nn.Module):
            count = 0

            def get_extra_state(self):
                return {"count": self.count}

            def set_extra_state(self, state):
                self.count = state["count"]

        a, b = nn.Sequential(Counting()), nn.Sequential(Counting())
        a[0].count = 7
        state = a.state_dict()
        b.load_state_dict(state)
        result = nn.Sequential(Counting()).load_state_dict({}, strict=False)
        return state, b[0].count, list(result.missing_keys), repr(result)

    both(program)


def test_methods_that_save_and_load_in_their_own_way() -> None:
    def program(nn, lib):
        class Own(nn.Linear):
            def _save_to_state_dict(self, destination, prefix, keep_vars):
                super()._save_to_state_dict(destination, prefix, keep_vars)
                destination[prefix + "kernel"] = destination.pop(prefix + "weight")

            def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs):
                state_dict[prefix + "weight"] = state_dict.pop(prefix + "kernel")
                super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
                self.seen = self.weight.tolist()

        a, b = nn.Sequential(Own(2, 1)), nn.Sequential(Own(2, 1))
        a[0].load_state_dict({"kernel": fixed(nn, lib).weight, "bias": lib.ones(1)})
        result = b.load_state_dict(a.state_dict())
        return list(a.state_dict()), b[0].seen, b[0].bias, repr(result)

    both(program)


def test_hooks_that_change_what_is_saved_and_loaded() -> None:
    def program(nn, lib):
        f, seen = nn.Sequential(fixed(nn, lib)), []
        f[0].register_state_dict_pre_hook(lambda m, prefix, keep: seen.append((prefix, keep)))
        f[0].register_state_dict_post_hook(lambda m, d, p, local: d.__delitem__(p + "bias"))
        f._register_state_dict_hook(lambda m, d, p, local: {"x." + k: v for k, v in d.items()})
        g = nn.Sequential(nn.Linear(2, 1))

        def rename(module, state, prefix, local, strict, missing, unexpected, errors):
            for key in list(state):
                state[key.replace("x.", "")] = state.pop(key)

        g.register_load_state_dict_pre_hook(rename)
        g[0]._register_load_state_dict_pre_hook(lambda state, *rest: seen.append(sorted(state)))
        g.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.remove("0.bias"))
        result = g.load_state_dict(f.state_dict())
        return list(f.state_dict()), g[0].weight, seen, repr(result)

    both(program)


@pytest.mark.parametrize("hooked", [False, True])
def test_keys_that_do_not_fit(hooked: bool) -> None:
    def program(nn, lib):
        f, state = net(nn), net(nn).state_dict()
        if hooked:
            f[0].register_load_state_dict_post_hook(lambda m, keys: None)
        state["0.more"] = state["none.weight"] = state["1.weight.x"] = state.pop("0.bias")
        with pytest.raises(RuntimeError):
            f.load_state_dict(state)
        result = f.load_state_dict(state, strict=False)
        state["0.weight"] = lib.ones(1)
        with pytest.raises(RuntimeError):
            f.load_state_dict(state, strict=False)
        return result.missing_keys, sorted(result.unexpected_keys)

    both(program)


def test_assign() -> None:
    def program(nn, lib):
        f = net(nn)
        f[0].weight.requires_grad_(False)
        state = {k: copy.deepcopy(v) for k, v in f.double().state_dict().items()}
        g = net(nn)
        g[0].weight.requires_grad_(False)
        g.load_state_dict(state, assign=True)
        kinds = [str(p.dtype).removeprefix("torch.") for p in g.parameters()]
        return kinds, [p.requires_grad for p in g.parameters()], list(g.state_dict())

    both(program)


def test_batch_norm_of_before_it_counted() -> None:
    def program(nn, lib):
        state = dict(net(nn).state_dict())
        del state["1.num_batches_tracked"]
        return repr(net(nn).load_state_dict(state))

    both(program)


def test_live_mappings() -> None:
    def program(nn, lib):
        f = net(nn)
        f._modules["1"] = nn.ReLU()
        f._modules["extra"] = nn.Tanh()
        del f._modules["2"]
        linear = f[0]
        weight = linear._parameters["weight"]
        del linear._parameters["weight"]
        gone = hasattr(linear, "weight")
        linear._parameters["raw"] = weight
        linear._buffers["mean"] = lib.ones(2)
        linear._parameters["none"] = None
        names = [n for n, _ in f.named_parameters()], [n for n, _ in f.named_buffers()]
        order = list(f._modules), [type(m).__name__ for m in f._modules.values()]
        copied = pickle.loads(pickle.dumps(f))
        late = nn.Module()
        late._modules = OrderedDict(a=nn.ReLU())
        return [
            *(gone, names, order, repr(f), list(copied.state_dict()), repr(late)),
            *("raw" in linear._parameters, "bias" in linear._buffers, len(linear._parameters)),
            *(linear._parameters.get("nothing"), list(linear._parameters.items())[-1]),
        ]

    both(program)


def test_walks() -> None:
    def program(nn, lib):
        f = nn.ModuleDict({"a": net(nn), "b": nn.ReLU()})
        f["c"] = f["b"]
        walked = [
            [n for n, _ in f.named_modules(prefix="p")],
            [n for n, _ in f.named_modules(remove_duplicate=False)],
            [n for n, _ in f.named_modules(memo={f["a"]})],
            [n for n, _ in f.named_parameters("p", recurse=False)],
            [n for n, _ in f.named_parameters(remove_duplicate=False)],
            [n for n, _ in f.named_buffers("p")],
            [n for n, _ in f.named_children()],
        ]
        f.set_submodule("a.1", nn.Tanh())
        return walked, repr(f), f.get_submodule("a.1")._get_name()

    both(program)


def test_an_error_names_what_does_not_fit() -> None:
    f = net(light.nn)
    f.register_load_state_dict_post_hook(lambda m, keys: None)
    state = f.state_dict()
    state["0.weight"] = light.ones(1)
    del state["0.bias"]
    with pytest.raises(StateDictError, match=r"(?s)Sequential:.*0\.weight: shape.*keys: 0\.bias"):
        f.load_state_dict(state)


def test_a_copied_hook_has_the_copied_module() -> None:
    f, seen = light.nn.Linear(2, 1), []
    f.register_load_state_dict_pre_hook(lambda module, *rest: seen.append(module))
    g = copy.deepcopy(f)
    g.load_state_dict(f.state_dict())
    assert seen == [g]


def test_numbers_are_loaded_stepwise_too() -> None:
    f = fixed(light.nn, light)
    f.register_load_state_dict_post_hook(lambda m, keys: None)
    f.load_state_dict({"weight": np.array([[5.0, 6.0]]), "bias": np.array([1.0])})
    assert f.weight.tolist() == [[5.0, 6.0]]
