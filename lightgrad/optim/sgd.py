"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightgrad.errors import OptimizerError
from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import chosen, directed, given, not_negative


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if wanted.

    .. math:: b_t = \\mu b_{t-1} + (1 - \\tau) g_t, \\quad p_t = p_{t-1} - \\gamma b_t

    with lr :math:`\\gamma`, momentum :math:`\\mu` and dampening :math:`\\tau`
    (not in the first step); nesterov follows :math:`g_t + \\mu b_t` instead.
    Source: torch.optim.SGD.

    >>> import lightgrad as light
    >>> w = light.tensor([1.0, 2.0])
    >>> optimizer = light.optim.SGD([w], lr=0.1)
    >>> (w ** 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8, 1.6], requires_grad=True)
    """

    slots = ("momentum_buffer",)
    counts = False

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise OptimizerError(
                f"SGD: nesterov needs a momentum above 0 and no dampening, got "
                f"momentum {group['momentum']} and dampening {group['dampening']}"
            )

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self.slots if group["momentum"] else ()

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "momentum", "dampening", "weight_decay", "nesterov", "maximize")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        return {
            "lr": group["lr"],
            "momentum": group["momentum"],
            "undamped": 1 - group["dampening"],
            "weight_decay": group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        if "momentum" in on:
            if "first" in on:
                s.momentum_buffer = g
            else:
                news = g * c.undamped if "dampening" in on else g
                s.momentum_buffer = s.momentum_buffer * c.momentum + news
            g = g + s.momentum_buffer * c.momentum if "nesterov" in on else s.momentum_buffer
        return p - g * c.lr
