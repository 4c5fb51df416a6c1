"""Adamax, NAdam and RAdam: Adam with another scale, with Nesterov's step, and rectified."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import chosen, directed, given, not_negative, rates


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the mean square.

    .. math:: u_t = \\max(\\beta_2 u_{t-1}, |g_t| + \\epsilon), \\quad
        p_t = p_{t-1} - \\frac{\\gamma}{1 - \\beta_1^t} m_t / u_t

    Source: torch.optim.Adamax; Kingma and Ba, "Adam: A Method for Stochastic
    Optimization".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.Adamax([w], lr=0.25)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)
    0.75
    """

    slots = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "eps", "weight_decay")
        rates(self, group)

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "maximize", "weight_decay")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        beta1, beta2 = group["betas"]
        return {
            "rate": group["lr"] / (1 - beta1**step),
            "rest1": 1 - beta1,
            "beta2": beta2,
            "eps": group["eps"],
            "weight_decay": group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        s.exp_avg = s.exp_avg + (g - s.exp_avg) * c.rest1
        s.exp_inf = (s.exp_inf * c.beta2).maximum(g.maximum(-g) + c.eps)
        return p - s.exp_avg / s.exp_inf * c.rate


class NAdam(Optimizer):
    """Adam whose step looks ahead, as Nesterov's momentum does.

    .. math::
        \\mu_t = \\beta_1 (1 - \\tfrac12 0.96^{t \\psi}), \\quad
        \\hat m_t = \\frac{\\mu_{t+1} m_t}{1 - \\prod_{i \\le t+1} \\mu_i}
            + \\frac{(1 - \\mu_t) g_t}{1 - \\prod_{i \\le t} \\mu_i}, \\quad
        p_t = p_{t-1} - \\gamma \\hat m_t / (\\sqrt{\\hat v_t} + \\epsilon)

    with momentum_decay :math:`\\psi`.  Source: torch.optim.NAdam; Dozat,
    "Incorporating Nesterov Momentum into Adam".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.NAdam([w], lr=0.25)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 3)
    0.736
    """

    slots = ("exp_avg", "exp_avg_sq")
    squares = ("exp_avg_sq",)
    scalars = ("mu_product",)

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            given(
                locals(), "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize"
            ),
        )

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "eps", "weight_decay", "momentum_decay")
        rates(self, group)

    def initial(self, group: dict[str, Any], name: str) -> float:
        return 1.0 if name == "mu_product" else 0.0

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "maximize", "weight_decay")

    def advanced(self, group: dict[str, Any], step: int, *scalars: float) -> tuple[float]:
        return (_single(scalars[0]) * _single(self._mu(group, step)),)

    def _mu(self, group: dict[str, Any], step: int) -> float:
        mu: float = group["betas"][0] * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        return mu

    def numbers(self, group: dict[str, Any], step: int, *scalars: float) -> dict[str, float]:
        beta1, beta2 = group["betas"]
        mu, following = self._mu(group, step), self._mu(group, step + 1)
        product = _single(self.advanced(group, step, *scalars)[0])
        root = (1 - beta2**step) ** 0.5  # the bias correction goes into rates and eps
        return {
            "rate_g": group["lr"] * (1 - mu) / (1 - product) * root,
            "rate_m": group["lr"] * following / (1 - product * following) * root,
            "tiny": group["eps"] * root,
            "rest1": 1 - beta1,
            "beta2": beta2,
            "rest2": 1 - beta2,
            "weight_decay": group["weight_decay"],
            "shrink": 1 - group["lr"] * group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        if "shrink" in on:
            p = p * c.shrink
        s.exp_avg = s.exp_avg + (g - s.exp_avg) * c.rest1
        s.exp_avg_sq = s.exp_avg_sq * c.beta2 + g * g * c.rest2
        scale = s.exp_avg_sq**0.5 + c.tiny
        return p - g / scale * c.rate_g - s.exp_avg / scale * c.rate_m


class RAdam(Optimizer):
    """Adam that steps by the mean gradient alone while the mean square is not known well.

    .. math::
        \\rho_t = \\rho_\\infty - 2 t \\beta_2^t / (1 - \\beta_2^t), \\quad
        \\rho_\\infty = 2 / (1 - \\beta_2) - 1

    While :math:`\\rho_t \\le 5` the step is :math:`\\gamma \\hat m_t`, then Adam's
    times a factor that grows to 1.  Source: torch.optim.RAdam; Liu et al., "On
    the Variance of the Adaptive Learning Rate and Beyond".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.RAdam([w], lr=0.25)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)
    0.25
    """

    slots = ("exp_avg", "exp_avg_sq")
    squares = ("exp_avg_sq",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params, given(locals(), "lr betas eps weight_decay maximize foreach capturable")
        )

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "eps", "weight_decay")
        rates(self, group)

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "maximize", "weight_decay")

    def stage(self, group: dict[str, Any], step: int) -> Iterable[str]:
        return ("rectified",) if _length(group["betas"][1], step)[0] > 5 else ()

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        beta1, beta2 = group["betas"]
        length, most = _length(beta2, step)
        factor, root = 1.0, (1 - beta2**step) ** 0.5
        if length > 5:
            ratio = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
            factor = ratio**0.5 * root
        return {
            "rate": group["lr"] * factor / (1 - beta1**step),
            "eps": group["eps"],
            "rest1": 1 - beta1,
            "beta2": beta2,
            "rest2": 1 - beta2,
            "weight_decay": group["weight_decay"],
            "shrink": 1 - group["lr"] * group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        if "shrink" in on:
            p = p * c.shrink
        s.exp_avg = s.exp_avg + (g - s.exp_avg) * c.rest1
        s.exp_avg_sq = s.exp_avg_sq * c.beta2 + g * g * c.rest2
        if "rectified" in on:
            return p - s.exp_avg / (s.exp_avg_sq**0.5 + c.eps) * c.rate
        return p - s.exp_avg * c.rate


def _length(beta2: float, step: int) -> tuple[float, float]:
    """How many gradients the mean square stands for by now, and in the end."""
    most = 2 / (1 - beta2) - 1
    decayed = beta2**step
    return most - 2 * step * decayed / (1 - decayed), most


def _single(value: float) -> float:
    """A number as float32 holds it."""
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded
