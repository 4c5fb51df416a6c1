"""Max pooling to given sizes, what undoes it, and pooling of powers."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module


class _AdaptiveMaxPool(Module):
    _pool: Any

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: AbstractTensor) -> Any:
        return self._pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest of ``output_size`` windows over (N, C, L).  Source: torch.nn.AdaptiveMaxPool1d.

    >>> import lightgrad as light
    >>> light.nn.AdaptiveMaxPool1d(2)(light.ones(1, 1, 5)).shape
    (1, 1, 2)
    """

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest of (H', W') windows over (N, C, H, W).  Source: torch.nn.AdaptiveMaxPool2d.

    >>> import lightgrad as light
    >>> light.nn.AdaptiveMaxPool2d((1, None))(light.ones(1, 2, 5, 7)).shape
    (1, 2, 1, 7)
    """

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest of (D', H', W') windows.  Source: torch.nn.AdaptiveMaxPool3d.

    >>> import lightgrad as light
    >>> light.nn.AdaptiveMaxPool3d(2)(light.ones(1, 1, 7, 5, 8)).shape
    (1, 1, 2, 2, 2)
    """

    _pool = staticmethod(F.adaptive_max_pool3d)


class _MaxUnpool(Module):
    rank = 2
    _unpool: Any

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = shapes.ntuple(name, "kernel_size", kernel_size, self.rank)
        stride = self.kernel_size if stride is None else stride
        self.stride = shapes.ntuple(name, "stride", stride, self.rank)
        self.padding = shapes.ntuple(name, "padding", padding, self.rank)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        how = self.kernel_size, self.stride, self.padding, output_size
        return self._unpool(input, indices, *how)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Values back at the places max pooling took them from.  Source: torch.nn.MaxUnpool1d.

    >>> import lightgrad as light
    >>> x = light.tensor([[[1.0, 2.0, 4.0, 3.0]]])
    >>> light.nn.MaxUnpool1d(2)(*light.nn.MaxPool1d(2, return_indices=True)(x)).tolist()
    [[[0.0, 2.0, 4.0, 0.0]]]
    """

    rank, _unpool = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Values back at the places max pooling took them from.  Source: torch.nn.MaxUnpool2d.

    >>> import lightgrad as light
    >>> pooled = light.nn.MaxPool2d(2, return_indices=True)(light.ones(1, 1, 4, 4))
    >>> light.nn.MaxUnpool2d(2)(*pooled).shape
    (1, 1, 4, 4)
    """

    _unpool = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Values back at the places max pooling took them from.  Source: torch.nn.MaxUnpool3d.

    >>> import lightgrad as light
    >>> pooled = light.nn.MaxPool3d(2, return_indices=True)(light.ones(1, 1, 4, 4, 4))
    >>> light.nn.MaxUnpool3d(2)(*pooled).shape
    (1, 1, 4, 4, 4)
    """

    rank, _unpool = 3, staticmethod(F.max_unpool3d)


class _LPPool(Module):
    _pool: Any

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def forward(self, input: AbstractTensor) -> Any:
        how = self.kernel_size, self.stride, self.ceil_mode
        return self._pool(input, float(self.norm_type), *how)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """:math:`(\\sum x^p)^{1/p}` of each window over (N, C, L).  Source: torch.nn.LPPool1d.

    >>> import lightgrad as light
    >>> light.nn.LPPool1d(2, 2)(light.tensor([[[3.0, 4.0]]])).item()
    5.0
    """

    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPool):
    """:math:`(\\sum x^p)^{1/p}` of each window over (N, C, H, W).  Source: torch.nn.LPPool2d.

    >>> import lightgrad as light
    >>> light.nn.LPPool2d(1, 2)(light.ones(1, 1, 2, 4)).tolist()
    [[[[4.0, 4.0]]]]
    """

    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPool):
    """:math:`(\\sum x^p)^{1/p}` of each window over (N, C, D, H, W).  Source: torch.nn.LPPool3d.

    >>> import lightgrad as light
    >>> light.nn.LPPool3d(1, 2)(light.ones(1, 1, 2, 2, 2)).item()
    8.0
    """

    _pool = staticmethod(F.lp_pool3d)
