"""Modules on several devices, as torch's programs wrap them; here all runs on one.

Source: torch.nn.parallel.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lightgrad.nn.module import Module

__all__ = [
    "DataParallel",
    "DistributedDataParallel",
    "data_parallel",
    "gather",
    "parallel_apply",
    "replicate",
    "scatter",
]


class DataParallel(Module):
    """Passes everything to ``module``.  Source: torch.nn.DataParallel.

    >>> import lightgrad.nn as nn
    >>> list(DataParallel(nn.Linear(2, 1)).state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(
        self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.dim, self.device_ids, self.output_device = dim, device_ids or [], output_device
        self.module = module

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """Passes everything to ``module``, of the one process that there is.

    Source: torch.nn.parallel.DistributedDataParallel.

    >>> import lightgrad.nn as nn
    >>> DistributedDataParallel(nn.Flatten()).module
    Flatten(start_dim=1, end_dim=-1)
    """

    def __init__(
        self,
        module: Any,
        device_ids: Any = None,
        output_device: Any = None,
        dim: int = 0,
        **options: Any,
    ) -> None:
        super().__init__()
        self.dim, self.device_ids, self.output_device = dim, device_ids, output_device
        self.module = module

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Does nothing: there are no other processes to add gradients of."""
        yield


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """``module`` of the inputs.  Source: torch.nn.parallel.data_parallel."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*given, **(module_kwargs or {}))


def replicate(network: Any, devices: Any, detach: bool = False) -> list[Any]:
    """The module, as often as there are devices."""
    return [network] * len(devices)


def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> list[Any]:
    """The inputs in as many parts as there are devices."""
    if isinstance(inputs, (tuple, list)):
        parts = [scatter(x, target_gpus, dim) for x in inputs]
        return [type(inputs)(each) for each in zip(*parts, strict=False)]
    if hasattr(inputs, "chunk"):
        return [*inputs.chunk(len(target_gpus), dim)]
    return [inputs] * len(target_gpus)


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """The parts as one."""
    first = outputs[0]
    if isinstance(first, (tuple, list)):
        return type(first)(gather(each, target_device, dim) for each in zip(*outputs, strict=True))
    if isinstance(first, dict):
        return {key: gather([o[key] for o in outputs], target_device, dim) for key in first}
    return type(first).cat(outputs, dim) if first.ndim else type(first).stack(outputs)


def parallel_apply(
    modules: Any, inputs: Any, kwargs_tup: Any = None, devices: Any = None
) -> list[Any]:
    """Each module of its inputs."""
    more = kwargs_tup or [{}] * len(modules)
    given = [x if isinstance(x, tuple) else (x,) for x in inputs]
    return [m(*x, **kwargs) for m, x, kwargs in zip(modules, given, more, strict=True)]
