"""Normalisation of single samples, across processes, and beside other channels."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module
from lightgrad.nn.normalization import _BatchNorm, _NormBase


class _InstanceNorm(_NormBase):
    rank = 2

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        how = eps, momentum, affine, track_running_stats, device, dtype
        super().__init__(num_features, *how, bias=bias)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        batched = input.ndim == self.rank + 2
        if not batched and input.ndim != self.rank + 1:
            raise ShapeError(
                f"{type(self).__name__}: expected a {self.rank + 1}-d or {self.rank + 2}-d input, "
                f"not shape {input.shape}"
            )
        own = self.training or not self.track_running_stats
        given: tuple[Any, ...] = self.running_mean, self.running_var, self.weight, self.bias
        how: Any = own, self.momentum or 0.0, self.eps
        y = (input if batched else input.unsqueeze(0)).instance_norm(*given, *how)
        return y if batched else y.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of (N, C, L) normalised by itself.

    Source: torch.nn.InstanceNorm1d.

    >>> import lightgrad as light
    >>> light.nn.InstanceNorm1d(1)(light.tensor([[[1.0, 3.0]]])).detach()
    tensor([[[-1.,  1.]]])
    """

    rank = 1


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each sample of (N, C, H, W) normalised by itself.

    With ``track_running_stats`` the means of these statistics are kept, and used
    in ``eval()``.  Source: Ulyanov et al. 2016; torch.nn.InstanceNorm2d.

    >>> import lightgrad as light
    >>> light.nn.InstanceNorm2d(2)(light.ones(1, 2, 3, 3)).abs().max().item()
    0.0
    """


class InstanceNorm3d(_InstanceNorm):
    """Each channel of each sample of (N, C, D, H, W) normalised by itself.

    Source: torch.nn.InstanceNorm3d.

    >>> import lightgrad as light
    >>> light.nn.InstanceNorm3d(1)(light.ones(1, 1, 2, 2, 2)).abs().max().item()
    0.0
    """

    rank = 3


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of (N, C, ...) over all processes; of one process, as BatchNorm.

    Source: torch.nn.SyncBatchNorm.

    >>> import lightgrad.nn as nn
    >>> nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm2d(3)))[0].num_features
    3
    """

    ranks = (2, 3, 4, 5)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        how = eps, momentum, affine, track_running_stats, device, dtype
        super().__init__(num_features, *how, bias=bias)
        self.process_group = process_group

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with every BatchNorm in it replaced; they share their tensors."""
        if isinstance(module, _BatchNorm):
            how = module.eps, module.momentum, module.affine, module.track_running_stats
            new = cls(module.num_features, *how, process_group)
            new._parameters.update(module._parameters)
            new._buffers.update(module._buffers)
            new.training = module.training
            return new
        for name, child in module.named_children():
            module.register_module(name, cls.convert_sync_batchnorm(child, process_group))
        return module


class LocalResponseNorm(Module):
    """:math:`x (k + \\alpha / n \\sum x^2)^{-\\beta}`, the sum over ``size`` channels around.

    Source: Krizhevsky et al. 2012; torch.nn.LocalResponseNorm.

    >>> import lightgrad as light
    >>> light.nn.LocalResponseNorm(1, alpha=3.0, beta=1.0)(light.ones(1, 2, 1)).tolist()
    [[[0.25], [0.25]]]
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
