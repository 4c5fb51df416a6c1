"""Linear layers and those that only reshape."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError
from lightgrad.nn import init
from lightgrad.nn.module import Module


def check_sizes(layer: str, **sizes: int) -> None:
    """Complain about sizes that are no integers from zero on."""
    for name, n in sizes.items():
        if not hasattr(n, "__index__") or n.__index__() < 0:
            raise ShapeError(f"{layer}: {name} must be a non-negative int, not {n!r}")


class Identity(Module):
    """Returns its argument; takes any arguments to stand in for other layers.

    >>> import lightgrad as light
    >>> light.nn.Identity()(5)
    5
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input


class Linear(Module):
    """:math:`y = x W^T + b` over the last dimension: (..., in) to (..., out).

    Weight (out, in) and bias (out,) begin uniform within
    :math:`\\pm 1/\\sqrt{in}`.  Source: torch.nn.Linear.

    >>> import lightgrad as light
    >>> light.nn.Linear(4, 2)(light.ones(3, 4)).shape
    (3, 2)
    """

    bias: AbstractTensor | Any  # None without a bias

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_sizes("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = init.empty((out_features, in_features), device, dtype)
        offset = init.empty((out_features,), device, dtype) if bias else None
        self.register_parameter("bias", offset)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        init.default_(self.weight, self.bias)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.linear(self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Bilinear(Module):
    """:math:`y_k = x_1^T A_k x_2 + b_k` over the last dimensions.  Source: torch.nn.Bilinear.

    >>> import lightgrad as light
    >>> light.nn.Bilinear(3, 4, 2)(light.ones(5, 3), light.ones(5, 4)).shape
    (5, 2)
    """

    bias: AbstractTensor | Any  # None without a bias

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        sizes = {"in1_features": in1_features, "in2_features": in2_features}
        check_sizes("Bilinear", **sizes, out_features=out_features)
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self.weight = init.empty((out_features, in1_features, in2_features), device, dtype)
        offset = init.empty((out_features,), device, dtype) if bias else None
        self.register_parameter("bias", offset)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        bound = self.in1_features**-0.5 if self.in1_features else 0.0
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: AbstractTensor, input2: AbstractTensor) -> AbstractTensor:
        n1, n2, out = self.in1_features, self.in2_features, self.out_features
        if (
            input1.shape[:-1] != input2.shape[:-1]
            or input1.shape[-1:] != (n1,)
            or input2.shape[-1:] != (n2,)
        ):
            raise ShapeError(
                f"Bilinear: inputs of shape {input1.shape} and {input2.shape} should be "
                f"(..., {n1}) and (..., {n2}) with the same leading sizes"
            )
        pairs = input1.unsqueeze(-1).mul(input2.unsqueeze(-2)).reshape(*input1.shape[:-1], n1 * n2)
        return pairs.linear(self.weight.reshape(out, n1 * n2), self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Flatten(Module):
    """Dimensions ``start_dim`` to ``end_dim`` as one.  Source: torch.nn.Flatten.

    >>> import lightgrad as light
    >>> light.nn.Flatten()(light.ones(2, 3, 4)).shape
    (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One dimension as several.  Source: torch.nn.Unflatten.

    >>> import lightgrad as light
    >>> light.nn.Unflatten(1, (3, 4))(light.ones(2, 12)).shape
    (2, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, shapes.size((unflattened_size,), "Unflatten")

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        dim = shapes.axis("Unflatten", self.dim, input.ndim)
        n = input.shape[dim]
        sizes = shapes.resolve("Unflatten", self.unflattened_size, n, (n,))
        return input.reshape((*input.shape[:dim], *sizes, *input.shape[dim + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
