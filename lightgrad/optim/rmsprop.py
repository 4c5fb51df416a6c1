"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import chosen, directed, fraction, given, not_negative


class RMSprop(Optimizer):
    """The gradient over the root of its mean square.

    .. math:: v_t = \\alpha v_{t-1} + (1 - \\alpha) g_t^2, \\quad
        p_t = p_{t-1} - \\gamma g_t / (\\sqrt{v_t} + \\epsilon)

    centered subtracts the square of the mean gradient from v; momentum
    collects the steps.  Source: torch.optim.RMSprop.

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.RMSprop([w], lr=0.05)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)  # 1 - 0.05 * 3 / sqrt(0.01 * 9)
    0.5
    """

    slots = ("square_avg", "grad_avg", "momentum_buffer")
    squares = ("square_avg", "grad_avg")  # the first less the square of the second

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals(), "lr momentum alpha eps centered"))

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "alpha", "eps", "weight_decay", "momentum")
        fraction(self, group, "alpha")

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        names = ["square_avg"]
        if group["centered"]:
            names.append("grad_avg")
        if group["momentum"]:
            names.append("momentum_buffer")
        return tuple(names)

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "centered", "momentum", "weight_decay", "maximize")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        return {
            "lr": group["lr"],
            "alpha": group["alpha"],
            "rest": 1 - group["alpha"],
            "eps": group["eps"],
            "weight_decay": group["weight_decay"],
            "momentum": group["momentum"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        v = s.square_avg = s.square_avg * c.alpha + g * g * c.rest
        if "centered" in on:
            s.grad_avg = s.grad_avg + (g - s.grad_avg) * c.rest
            v = v - s.grad_avg * s.grad_avg
        move = g / (v**0.5 + c.eps)
        if "momentum" in on:
            move = s.momentum_buffer = s.momentum_buffer * c.momentum + move
        return p - move * c.lr
