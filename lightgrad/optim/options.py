"""What update rules share, and the checks of options."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from lightgrad.autograd import AbstractTensor
from lightgrad.errors import OptimizerError


def directed(on: frozenset[str], p: Any, g: Any, c: Any) -> Any:
    """The gradient to follow: turned round to maximize, with weight decay as a penalty."""
    if "maximize" in on:
        g = -g
    if "weight_decay" in on:
        g = g + p * c.weight_decay
    return g


def chosen(group: dict[str, Any], *names: str) -> list[str]:
    """The names of the options that are switched on; decoupled weight decay is "shrink"."""
    on = [name for name in names if group[name]]
    if "weight_decay" in on and group.get("decoupled_weight_decay"):
        on[on.index("weight_decay")] = "shrink"
    return on


def not_negative(optimizer: Any, group: dict[str, Any], *names: str) -> None:
    """Check options that are finite numbers from zero on."""
    for name in names:
        value = group[name]
        below = isinstance(value, Real) and value < 0
        text = "must not be negative" if below else "must be a finite number"
        optimizer._require(group, name, lambda x: x >= 0 and math.isfinite(x), text)


def fraction(optimizer: Any, group: dict[str, Any], name: str) -> None:
    """Check a decay rate."""
    optimizer._require(group, name, lambda x: 0 <= x <= 1, "must be between 0 and 1")


def rates(optimizer: Any, group: dict[str, Any]) -> None:
    """Check the two decay rates of Adam and its relatives."""
    optimizer._require(
        group,
        "betas",
        lambda betas: len(betas) == 2 and all(0 <= b < 1 for b in betas),
        "must be two numbers from 0 to below 1",
    )


def given(arguments: dict[str, Any], order: str = "") -> dict[str, Any]:
    """The options of an optimizer: the arguments of its constructor, as `locals` has them.

    Those in ``order`` come in that order, which is that of torch's state dicts, the others behind.
    """
    names = dict.fromkeys((*order.split(), *arguments))
    return {k: arguments[k] for k in names if k not in ("self", "params", "__class__")}


def switches(optimizer: Any, group: dict[str, Any]) -> None:
    """Check options of torch that choose between implementations, of which there is one here."""
    if group.get("foreach") and group.get("fused"):
        raise OptimizerError(
            f"{optimizer._name}: `fused` and `foreach` cannot be `True` together; leave both away: "
            f"all parameters are updated in one way here, which is the fast one"
        )
    if group.get("differentiable"):
        raise OptimizerError(
            f"{optimizer._name}: steps are not recorded, so differentiable=True has no gradient; "
            f"write the update in tensor operations, as p = p - lr * grad with "
            f"grad = light.grad(loss, p, create_graph=True)"
        )


def named(optimizer: Any, params: Any) -> tuple[list[Any], dict[str, list[str]]]:
    """The parameters of a group, and their names where it has pairs of name and parameter."""
    if isinstance(params, (set, frozenset)):
        raise OptimizerError(
            f"{optimizer._name}: parameters in a set have another order on every run; use a list"
        )
    params = [params] if isinstance(params, AbstractTensor) else list(params)
    if not params:
        raise OptimizerError(f"{optimizer._name}: a parameter group has no parameters")
    pairs = [isinstance(p, tuple) and len(p) == 2 and isinstance(p[0], str) for p in params]
    if not any(pairs):
        return params, {}
    if not all(pairs):
        raise OptimizerError(
            f"{optimizer._name}: all optimizer params should be with/without names; parameter "
            f"{pairs.index(False)} has none"
        )
    return [p for _, p in params], {"param_names": [name for name, _ in params]}
