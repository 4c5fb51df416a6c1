"""Normalisation layers."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.factories.creation import tensor
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError
from lightgrad.nn import init
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.module import Module


class _Affine(Module):
    """A weight that begins as ones and a bias that begins as zeros, each optional."""

    weight: AbstractTensor | Any  # None where there is none
    bias: AbstractTensor | Any

    def _set_up(self, shape: Any, weight: bool, bias: bool, device: Any, dtype: Any) -> None:
        self.register_parameter("weight", init.empty(shape, device, dtype) if weight else None)
        self.register_parameter("bias", init.empty(shape, device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to ones and the bias to zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


def _sizes(layer: str, normalized_shape: Any) -> shapes.Shape:
    sizes = shapes.size((normalized_shape,), layer)
    check_sizes(layer, normalized_shape=min(sizes, default=0))
    return sizes


class LayerNorm(_Affine):
    """:math:`(x - mean) / \\sqrt{var + eps} \\cdot w + b` over the last dimensions.

    ``normalized_shape`` is their sizes.  Source: Ba et al. 2016; torch.nn.LayerNorm.

    >>> import lightgrad as light
    >>> light.nn.LayerNorm(2)(light.tensor([1.0, 3.0])).detach()
    tensor([-1.,  1.])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _sizes("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        affine = elementwise_affine, elementwise_affine and bias
        self._set_up(self.normalized_shape, *affine, device, dtype)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.layer_norm(self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        text = f"{self.normalized_shape}, eps={self.eps}, "
        text += f"elementwise_affine={self.elementwise_affine}"
        return f"{text}, bias={self.bias is not None}"


class RMSNorm(_Affine):
    """:math:`x / \\sqrt{mean(x^2) + eps} \\cdot w` over the last dimensions.

    Source: Zhang and Sennrich 2019; torch.nn.RMSNorm.

    >>> import lightgrad as light
    >>> light.nn.RMSNorm(2)(light.tensor([1.0, 7.0])).detach()
    tensor([0.2, 1.4])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _sizes("RMSNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._set_up(self.normalized_shape, elementwise_affine, False, device, dtype)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.rms_norm(self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(_Affine):
    """Each group of channels of (N, C, ...) with its own mean and variance.

    Source: Wu and He 2018; torch.nn.GroupNorm.

    >>> import lightgrad as light
    >>> light.nn.GroupNorm(2, 4)(light.ones(1, 4, 3)).abs().max().item()
    0.0
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_sizes("GroupNorm", num_channels=num_channels)
        if num_groups < 1 or num_channels % num_groups:
            raise ShapeError(
                f"GroupNorm: num_channels {num_channels} must be divisible by num_groups "
                f"{num_groups}"
            )
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._set_up((num_channels,), affine, affine and bias, device, dtype)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.group_norm(self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class _NormBase(_Affine):
    """A normalisation of channels that may keep running statistics."""

    _version = 2  # 1 did not count the batches

    running_mean: AbstractTensor | Any  # None where none are kept
    running_var: AbstractTensor | Any
    num_batches_tracked: AbstractTensor | Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_sizes(type(self).__name__, num_features=num_features)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        shape = (num_features,)
        counter = None
        if track_running_stats:
            counter = tensor(0, dtype="int64")
            counter = counter if device is None else counter.to(device=device)
        for name in ("running_mean", "running_var"):
            self.register_buffer(
                name, init.empty(shape, device, dtype) if track_running_stats else None
            )
        self.register_buffer("num_batches_tracked", counter)
        self.reset_running_stats()
        self._set_up(shape, affine, affine and bias, device, dtype)

    def _update_state(self, given: dict[str, Any], prefix: str, metadata: Any) -> None:
        counter = self.num_batches_tracked
        if counter is not None and (metadata.get("version") or 1) < 2:
            given.setdefault(f"{prefix}num_batches_tracked", counter)

    def reset_running_stats(self) -> None:
        """Forget the batches seen: mean 0, variance 1, count 0."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    ranks: tuple[int, ...] = ()

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        if input.ndim not in self.ranks:
            ranks = " or ".join(f"{n}-d" for n in self.ranks)
            raise ShapeError(
                f"{type(self).__name__}: expected a {ranks} input with {self.num_features} "
                f"channels in dimension 1, not shape {input.shape}"
            )
        # Batch statistics are used in training, and always when none are kept.
        batch = self.training or self.running_mean is None
        track = self.training and self.running_mean is not None
        momentum = self._count() if track else (self.momentum or 0.0)
        mean, var = self.running_mean, self.running_var
        if batch and not track:
            mean = var = None
        return input.batch_norm(mean, var, self.weight, self.bias, batch, momentum, self.eps)

    def _count(self) -> float:
        """One more batch; the weight of its statistics in the running ones."""
        with no_grad():
            self.num_batches_tracked += 1
        if self.momentum is None:  # a plain average of all batches
            return 1.0 / float(self.num_batches_tracked)
        return self.momentum


class BatchNorm1d(_BatchNorm):
    """Normalisation of each channel of (N, C) or (N, C, L) over the batch.

    As :class:`BatchNorm2d`.  Source: torch.nn.BatchNorm1d.

    >>> import lightgrad as light
    >>> light.nn.BatchNorm1d(1)(light.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.],
            [ 1.]])
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """:math:`(x - mean_c) / \\sqrt{var_c + eps} \\cdot w_c + b_c` for (N, C, H, W).

    In training with the statistics of the batch, which also move the running
    ones by ``momentum`` (None: a plain average); in ``eval()`` with the running
    ones.  Source: Ioffe and Szegedy 2015; torch.nn.BatchNorm2d.

    >>> import lightgrad as light
    >>> norm = light.nn.BatchNorm2d(3)
    >>> norm(light.ones(2, 3, 4, 4)).shape, norm.running_mean
    ((2, 3, 4, 4), tensor([0.1, 0.1, 0.1]))
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Normalisation of each channel of (N, C, D, H, W).  Source: torch.nn.BatchNorm3d.

    >>> import lightgrad as light
    >>> light.nn.BatchNorm3d(2)(light.ones(1, 2, 2, 2, 2)).shape
    (1, 2, 2, 2, 2)
    """

    ranks = (5,)
