"""Activation functions as modules.

Those that take ``inplace=`` write the result over their input if it is true.
"""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.init import constant_, empty
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.module import Module


class _Plain(Module):
    """An operation and its options, which are attributes."""

    _op = ""
    _options: tuple[str, ...] = ()

    def forward(self, input: AbstractTensor) -> Any:
        compute = getattr(input, self._op)
        return compute(*self._given()) if self._options else compute()

    def _given(self) -> list[Any]:
        return [getattr(self, name) for name in self._options]

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._options)


class _InPlace(_Plain):
    """The same, which may also write the result over its input."""

    inplace = False  # also of those that 0.1.0 pickled

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: AbstractTensor) -> Any:
        if self.inplace:
            return getattr(F, self._op)(input, *self._given(), inplace=True)
        compute = getattr(input, self._op)
        return compute(*self._given()) if self._options else compute()

    def extra_repr(self) -> str:
        return ", ".join(filter(None, [super().extra_repr(), "inplace=True" * bool(self.inplace)]))


class Tanh(_Plain):
    """:math:`\\tanh x`.  Source: torch.nn.Tanh.

    >>> import lightgrad as light
    >>> round(light.nn.Tanh()(light.tensor(0.5)).item(), 4)
    0.4621
    """

    _op = "tanh"


class Sigmoid(_Plain):
    """:math:`1 / (1 + e^{-x})`.  Source: torch.nn.Sigmoid.

    >>> import lightgrad as light
    >>> round(light.nn.Sigmoid()(light.tensor(1.0)).item(), 4)
    0.7311
    """

    _op = "sigmoid"


class ReLU(_InPlace):
    """:math:`\\max(0, x)`.  Source: torch.nn.ReLU.

    >>> import lightgrad as light
    >>> light.nn.ReLU()(light.tensor([-1, 2]))
    tensor([0, 2])
    """

    _op = "relu"


class ReLU6(_InPlace):
    """:math:`\\min(\\max(0, x), 6)`.  Source: torch.nn.ReLU6.

    >>> import lightgrad as light
    >>> round(light.nn.ReLU6()(light.tensor(8.0)).item(), 4)
    6.0
    """

    _op = "relu6"


class SiLU(_InPlace):
    """:math:`x \\sigma(x)`.  Source: torch.nn.SiLU.

    >>> import lightgrad as light
    >>> round(light.nn.SiLU()(light.tensor(1.0)).item(), 4)
    0.7311
    """

    _op = "silu"


class Mish(_InPlace):
    """:math:`x \\tanh(softplus(x))`.  Source: torch.nn.Mish.

    >>> import lightgrad as light
    >>> round(light.nn.Mish()(light.tensor(1.0)).item(), 4)
    0.8651
    """

    _op = "mish"


class SELU(_InPlace):
    """A scaled ELU that keeps mean and variance.  Source: torch.nn.SELU.

    >>> import lightgrad as light
    >>> round(light.nn.SELU()(light.tensor(1.0)).item(), 4)
    1.0507
    """

    _op = "selu"


class Hardswish(_InPlace):
    """:math:`x \\min(\\max(0, x + 3), 6) / 6`.  Source: torch.nn.Hardswish.

    >>> import lightgrad as light
    >>> round(light.nn.Hardswish()(light.tensor(1.0)).item(), 4)
    0.6667
    """

    _op = "hardswish"

    def extra_repr(self) -> str:
        return ""  # as torch has it, whether in place or not


class Hardsigmoid(_InPlace):
    """:math:`\\min(\\max(0, x + 3), 6) / 6`.  Source: torch.nn.Hardsigmoid.

    >>> import lightgrad as light
    >>> round(light.nn.Hardsigmoid()(light.tensor(1.0)).item(), 4)
    0.6667
    """

    _op = "hardsigmoid"

    def extra_repr(self) -> str:
        return ""  # as torch has it, whether in place or not


class LogSigmoid(_Plain):
    """:math:`\\log \\sigma(x)`.  Source: torch.nn.LogSigmoid.

    >>> import lightgrad as light
    >>> round(light.nn.LogSigmoid()(light.tensor(0.0)).item(), 4)
    -0.6931
    """

    _op = "logsigmoid"


class Softsign(_Plain):
    """:math:`x / (1 + |x|)`.  Source: torch.nn.Softsign.

    >>> import lightgrad as light
    >>> round(light.nn.Softsign()(light.tensor(3.0)).item(), 4)
    0.75
    """

    _op = "softsign"


class Tanhshrink(_Plain):
    """:math:`x - \\tanh x`.  Source: torch.nn.Tanhshrink.

    >>> import lightgrad as light
    >>> round(light.nn.Tanhshrink()(light.tensor(1.0)).item(), 4)
    0.2384
    """

    _op = "tanhshrink"


class LeakyReLU(_InPlace):
    """x, or ``negative_slope`` times x below zero.  Source: torch.nn.LeakyReLU.

    >>> import lightgrad as light
    >>> light.nn.LeakyReLU(0.5)(light.tensor([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """

    _op, _options = "leaky_relu", ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope


class PReLU(Module):
    """:class:`LeakyReLU` with learned slopes, one or one per channel.  Source: torch.nn.PReLU.

    >>> import lightgrad as light
    >>> light.nn.PReLU()(light.tensor([-1.0, 2.0])).tolist()
    [-0.25, 2.0]
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        check_sizes("PReLU", num_parameters=num_parameters)
        self.num_parameters, self.init = num_parameters, init
        self.weight = empty((num_parameters,), device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to their first value."""
        constant_(self.weight, self.init)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.prelu(self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(_InPlace):
    """x, or :math:`\\alpha (e^x - 1)` below zero.  Source: torch.nn.ELU.

    >>> import lightgrad as light
    >>> round(light.nn.ELU()(light.tensor(-1.0)).item(), 4)
    -0.6321
    """

    _op, _options = "elu", ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha


class CELU(_InPlace):
    """x, or :math:`\\alpha (e^{x / \\alpha} - 1)` below zero.  Source: torch.nn.CELU.

    >>> import lightgrad as light
    >>> round(light.nn.CELU(2.0)(light.tensor(-1.0)).item(), 4)
    -0.7869
    """

    _op, _options = "celu", ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha


class GELU(Module):
    """:math:`x \\Phi(x)`, or by a tanh with ``approximate="tanh"``.  Source: torch.nn.GELU.

    >>> import lightgrad as light
    >>> round(light.nn.GELU()(light.tensor(1.0)).item(), 4)
    0.8413
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.gelu(self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(_Plain):
    """:math:`\\log(1 + e^{\\beta x}) / \\beta`.  Source: torch.nn.Softplus.

    >>> import lightgrad as light
    >>> round(light.nn.Softplus()(light.tensor(0.0)).item(), 4)
    0.6931
    """

    _op, _options = "softplus", ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold


class Hardtanh(_InPlace):
    """x within [min_val, max_val].  Source: torch.nn.Hardtanh.

    >>> import lightgrad as light
    >>> round(light.nn.Hardtanh()(light.tensor(3.0)).item(), 4)
    1.0
    """

    _op, _options = "hardtanh", ("min_val", "max_val")

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value


class _Shrink(Module):
    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Hardshrink(_Shrink):
    """x, or zero within ``lambd`` of it.  Source: torch.nn.Hardshrink.

    >>> import lightgrad as light
    >>> light.nn.Hardshrink()(light.tensor([-1.0, 0.25])).tolist()
    [-1.0, 0.0]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.hardshrink(self.lambd)


class Softshrink(_Shrink):
    """x moved by ``lambd`` towards zero, at most to it.  Source: torch.nn.Softshrink.

    >>> import lightgrad as light
    >>> light.nn.Softshrink()(light.tensor([-1.0, 0.25])).tolist()
    [-0.5, 0.0]
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.softshrink(self.lambd)


class Threshold(_InPlace):
    """x above ``threshold``, and ``value`` elsewhere.  Source: torch.nn.Threshold.

    >>> import lightgrad as light
    >>> light.nn.Threshold(0.5, 9.0)(light.tensor([0.25, 2.0])).tolist()
    [9.0, 2.0]
    """

    _op, _options = "threshold", ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold, self.value = threshold, value

    def forward(self, input: AbstractTensor) -> Any:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class RReLU(_InPlace):
    """:class:`LeakyReLU` with slopes drawn from [lower, upper], in ``eval()`` their mean.

    Source: Xu et al. 2015; torch.nn.RReLU.

    >>> import lightgrad as light
    >>> light.nn.RReLU(0.25, 0.75).eval()(light.tensor([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """

    _options = ("lower", "upper")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower, self.upper = lower, upper

    def forward(self, input: AbstractTensor) -> Any:
        return F.rrelu(input, self.lower, self.upper, training=self.training, inplace=self.inplace)
