"""Activation functions as modules.

``inplace=`` is accepted where torch's scripts give it; the result is the same and
computed out of place, because a change in place would cost the saved values.
"""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn.init import constant_, empty
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.module import Module


class _Plain(Module):
    """An activation without arguments."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()


class Tanh(_Plain):
    """:math:`\\tanh x`.  Source: torch.nn.Tanh.

    >>> import lightgrad as light
    >>> round(light.nn.Tanh()(light.tensor(0.5)).item(), 4)
    0.4621
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.tanh()


class Sigmoid(_Plain):
    """:math:`1 / (1 + e^{-x})`.  Source: torch.nn.Sigmoid.

    >>> import lightgrad as light
    >>> round(light.nn.Sigmoid()(light.tensor(1.0)).item(), 4)
    0.7311
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.sigmoid()


class ReLU(_Plain):
    """:math:`\\max(0, x)`.  Source: torch.nn.ReLU.

    >>> import lightgrad as light
    >>> light.nn.ReLU()(light.tensor([-1, 2]))
    tensor([0, 2])
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.relu()


class ReLU6(_Plain):
    """:math:`\\min(\\max(0, x), 6)`.  Source: torch.nn.ReLU6.

    >>> import lightgrad as light
    >>> round(light.nn.ReLU6()(light.tensor(8.0)).item(), 4)
    6.0
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.relu6()


class SiLU(_Plain):
    """:math:`x \\sigma(x)`.  Source: torch.nn.SiLU.

    >>> import lightgrad as light
    >>> round(light.nn.SiLU()(light.tensor(1.0)).item(), 4)
    0.7311
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.silu()


class Mish(_Plain):
    """:math:`x \\tanh(softplus(x))`.  Source: torch.nn.Mish.

    >>> import lightgrad as light
    >>> round(light.nn.Mish()(light.tensor(1.0)).item(), 4)
    0.8651
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.mish()


class SELU(_Plain):
    """A scaled ELU that keeps mean and variance.  Source: torch.nn.SELU.

    >>> import lightgrad as light
    >>> round(light.nn.SELU()(light.tensor(1.0)).item(), 4)
    1.0507
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.selu()


class Hardswish(_Plain):
    """:math:`x \\min(\\max(0, x + 3), 6) / 6`.  Source: torch.nn.Hardswish.

    >>> import lightgrad as light
    >>> round(light.nn.Hardswish()(light.tensor(1.0)).item(), 4)
    0.6667
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.hardswish()


class Hardsigmoid(_Plain):
    """:math:`\\min(\\max(0, x + 3), 6) / 6`.  Source: torch.nn.Hardsigmoid.

    >>> import lightgrad as light
    >>> round(light.nn.Hardsigmoid()(light.tensor(1.0)).item(), 4)
    0.6667
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.hardsigmoid()


class LogSigmoid(_Plain):
    """:math:`\\log \\sigma(x)`.  Source: torch.nn.LogSigmoid.

    >>> import lightgrad as light
    >>> round(light.nn.LogSigmoid()(light.tensor(0.0)).item(), 4)
    -0.6931
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.logsigmoid()


class Softsign(_Plain):
    """:math:`x / (1 + |x|)`.  Source: torch.nn.Softsign.

    >>> import lightgrad as light
    >>> round(light.nn.Softsign()(light.tensor(3.0)).item(), 4)
    0.75
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.softsign()


class Tanhshrink(_Plain):
    """:math:`x - \\tanh x`.  Source: torch.nn.Tanhshrink.

    >>> import lightgrad as light
    >>> round(light.nn.Tanhshrink()(light.tensor(1.0)).item(), 4)
    0.2384
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.tanhshrink()


class LeakyReLU(Module):
    """x, or ``negative_slope`` times x below zero.  Source: torch.nn.LeakyReLU.

    >>> import lightgrad as light
    >>> light.nn.LeakyReLU(0.5)(light.tensor([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.leaky_relu(self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


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

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.prelu(self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(Module):
    """x, or :math:`\\alpha (e^x - 1)` below zero.  Source: torch.nn.ELU.

    >>> import lightgrad as light
    >>> round(light.nn.ELU()(light.tensor(-1.0)).item(), 4)
    -0.6321
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.elu(self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class CELU(Module):
    """x, or :math:`\\alpha (e^{x / \\alpha} - 1)` below zero.  Source: torch.nn.CELU.

    >>> import lightgrad as light
    >>> round(light.nn.CELU(2.0)(light.tensor(-1.0)).item(), 4)
    -0.7869
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.celu(self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Module):
    """:math:`x \\Phi(x)`, or by a tanh with ``approximate="tanh"``.  Source: torch.nn.GELU.

    >>> import lightgrad as light
    >>> round(light.nn.GELU()(light.tensor(1.0)).item(), 4)
    0.8413
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.gelu(self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """:math:`\\log(1 + e^{\\beta x}) / \\beta`.  Source: torch.nn.Softplus.

    >>> import lightgrad as light
    >>> round(light.nn.Softplus()(light.tensor(0.0)).item(), 4)
    0.6931
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.softplus(self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardtanh(Module):
    """x within [min_val, max_val].  Source: torch.nn.Hardtanh.

    >>> import lightgrad as light
    >>> round(light.nn.Hardtanh()(light.tensor(3.0)).item(), 4)
    1.0
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val, self.max_val = min_val, max_val

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.hardtanh(self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"


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

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.hardshrink(self.lambd)


class Softshrink(_Shrink):
    """x moved by ``lambd`` towards zero, at most to it.  Source: torch.nn.Softshrink.

    >>> import lightgrad as light
    >>> light.nn.Softshrink()(light.tensor([-1.0, 0.25])).tolist()
    [-0.5, 0.0]
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.softshrink(self.lambd)


class _AlongDim(Module):
    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """:math:`e^{x_i} / \\sum_j e^{x_j}` along ``dim``, the last by default.

    Source: torch.nn.Softmax.

    >>> import lightgrad as light
    >>> light.nn.Softmax(dim=0)(light.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.softmax(self.dim)


class Softmin(_AlongDim):
    """:class:`Softmax` of -x along ``dim``.  Source: torch.nn.Softmin.

    >>> import lightgrad as light
    >>> light.nn.Softmin(dim=0)(light.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.softmin(self.dim)


class LogSoftmax(_AlongDim):
    """:math:`x_i - \\log \\sum_j e^{x_j}` along ``dim``.  Source: torch.nn.LogSoftmax.

    >>> import lightgrad as light
    >>> light.nn.LogSoftmax(dim=0)(light.zeros(2)).detach()
    tensor([-0.6931, -0.6931])
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.log_softmax(self.dim)


class GLU(_AlongDim):
    """:math:`a \\sigma(b)` of the two halves along ``dim``.  Source: torch.nn.GLU.

    >>> import lightgrad as light
    >>> light.nn.GLU()(light.tensor([3.0, 0.0])).tolist()
    [1.5]
    """

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.glu(self.dim)
