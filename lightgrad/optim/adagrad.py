"""Adagrad and Adadelta: step sizes from the history of each element."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import chosen, directed, fraction, given, not_negative
from lightgrad.optim.state import counter


class Adagrad(Optimizer):
    """The gradient over the root of the sum of its squares.

    .. math:: v_t = v_{t-1} + g_t^2, \\quad
        p_t = p_{t-1} - \\frac{\\gamma}{1 + (t - 1) \\eta} \\,
        g_t / (\\sqrt{v_t} + \\epsilon)

    with lr :math:`\\gamma` and lr_decay :math:`\\eta`; v starts from
    initial_accumulator_value.  Source: torch.optim.Adagrad.

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.Adagrad([w], lr=0.25)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)
    0.75
    """

    slots = ("sum",)
    squares = ("sum",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, given(locals(), "lr lr_decay eps"))
        for group in self.param_groups:  # torch's state is there from the beginning, too
            for p in group["params"]:
                self.state[p]["step"] = counter(p, 0.0)
                self._started(group, p, self.slots)

    def check(self, group: dict[str, Any]) -> None:
        names = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        not_negative(self, group, *names)

    def initial(self, group: dict[str, Any], name: str) -> float:
        return float(group["initial_accumulator_value"])

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "weight_decay", "maximize")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        return {
            "lr": group["lr"] / (1 + (step - 1) * group["lr_decay"]),
            "eps": group["eps"],
            "weight_decay": group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        s.sum = s.sum + g * g
        return p - g / (s.sum**0.5 + c.eps) * c.lr


class Adadelta(Optimizer):
    """Steps in the unit of the parameter: the mean step over the mean gradient.

    .. math::
        v_t = \\rho v_{t-1} + (1 - \\rho) g_t^2, \\quad
        d_t = g_t \\sqrt{u_{t-1} + \\epsilon} / \\sqrt{v_t + \\epsilon}, \\quad
        u_t = \\rho u_{t-1} + (1 - \\rho) d_t^2, \\quad
        p_t = p_{t-1} - \\gamma d_t

    Source: torch.optim.Adadelta; Zeiler, "ADADELTA: An Adaptive Learning Rate
    Method".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.Adadelta([w], lr=1.0, rho=0.75, eps=1.0)
    >>> (w * 2).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)  # 1 - 2 / sqrt(0.25 * 4 + 1)
    -0.4142
    """

    slots = ("square_avg", "acc_delta")
    squares = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals(), "lr rho eps weight_decay maximize capturable"))

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "eps", "weight_decay")
        fraction(self, group, "rho")

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "weight_decay", "maximize")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        return {
            "lr": group["lr"],
            "rho": group["rho"],
            "rest": 1 - group["rho"],
            "eps": group["eps"],
            "weight_decay": group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        s.square_avg = s.square_avg * c.rho + g * g * c.rest
        delta = (s.acc_delta + c.eps) ** 0.5 / (s.square_avg + c.eps) ** 0.5 * g
        s.acc_delta = s.acc_delta * c.rho + delta * delta * c.rest
        return p - delta * c.lr
