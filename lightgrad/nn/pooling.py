"""Pooling layers."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module


class _MaxPool(Module):
    _pool: Any
    return_indices = False  # also of those that 0.1.0 pickled

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: AbstractTensor) -> Any:
        how = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        return self._pool(input, *how, True) if self.return_indices else self._pool(input, *how)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest value of each window over (N, C, L).  Source: torch.nn.MaxPool1d.

    >>> import lightgrad as light
    >>> light.nn.MaxPool1d(2)(light.ones(1, 1, 6)).shape
    (1, 1, 3)
    """

    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest value of each window over (N, C, H, W).  Source: torch.nn.MaxPool2d.

    >>> import lightgrad as light
    >>> light.nn.MaxPool2d(2)(light.ones(1, 1, 6, 4)).shape
    (1, 1, 3, 2)
    """

    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest value of each window over (N, C, D, H, W).  Source: torch.nn.MaxPool3d.

    >>> import lightgrad as light
    >>> light.nn.MaxPool3d(2)(light.ones(1, 1, 4, 4, 4)).shape
    (1, 1, 2, 2, 2)
    """

    _pool = staticmethod(F.max_pool3d)


class _AvgPool(Module):
    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad = count_include_pad

    def _arguments(self) -> tuple[Any, Any, Any, bool, bool]:
        return self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window over (N, C, L).  Source: torch.nn.AvgPool1d.

    >>> import lightgrad as light
    >>> light.nn.AvgPool1d(2)(light.ones(1, 1, 6)).shape
    (1, 1, 3)
    """

    def extra_repr(self) -> str:
        sizes = (self.kernel_size, self.stride, self.padding)
        kernel, stride, padding = (n if isinstance(n, tuple) else (n,) for n in sizes)
        return f"kernel_size={kernel}, stride={stride}, padding={padding}"

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.avg_pool1d(*self._arguments())


class _DividedAvgPool(_AvgPool):
    """With ``divisor_override`` in place of the size of the window."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override


class AvgPool2d(_DividedAvgPool):
    """The mean of each window over (N, C, H, W).  Source: torch.nn.AvgPool2d.

    >>> import lightgrad as light
    >>> light.nn.AvgPool2d(2)(light.ones(1, 1, 6, 4)).shape
    (1, 1, 3, 2)
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.avg_pool2d(*self._arguments(), divisor_override=self.divisor_override)


class AvgPool3d(_DividedAvgPool):
    """The mean of each window over (N, C, D, H, W).  Source: torch.nn.AvgPool3d.

    >>> import lightgrad as light
    >>> light.nn.AvgPool3d(2)(light.ones(1, 1, 6, 4, 2)).shape
    (1, 1, 3, 2, 1)
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.avg_pool3d(*self._arguments(), divisor_override=self.divisor_override)


class _AdaptiveAvgPool(Module):
    _pool: Any

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: AbstractTensor) -> Any:
        return self._pool(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The means of ``output_size`` windows over (N, C, L).  Source: torch.nn.AdaptiveAvgPool1d.

    >>> import lightgrad as light
    >>> light.nn.AdaptiveAvgPool1d(2)(light.ones(1, 1, 5)).shape
    (1, 1, 2)
    """

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of (H', W') windows over (N, C, H, W).  Source: torch.nn.AdaptiveAvgPool2d.

    >>> import lightgrad as light
    >>> light.nn.AdaptiveAvgPool2d((1, None))(light.ones(1, 2, 5, 7)).shape
    (1, 2, 1, 7)
    """

    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The means of (D', H', W') windows over (N, C, D, H, W).

    Source: torch.nn.AdaptiveAvgPool3d.

    >>> import lightgrad as light
    >>> light.nn.AdaptiveAvgPool3d((1, None, 3))(light.ones(1, 1, 7, 5, 8)).shape
    (1, 1, 1, 5, 3)
    """

    _pool = staticmethod(F.adaptive_avg_pool3d)
