"""Averaged weights: ``torch.optim.swa_utils``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from lightgrad.autograd import no_grad
from lightgrad.errors import ArgumentError
from lightgrad.torch._core.legacy import MADE
from lightgrad.torch._core.modules import Module


def get_ema_avg_fn(decay: float = 0.999) -> Callable[..., Any]:
    """A function for the moving average of one weight.

    Source: torch.optim.swa_utils.get_ema_avg_fn.
    """
    _check_decay(decay)

    @no_grad
    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Callable[..., Any]:
    """A function for the mean of all values of one weight.

    Source: torch.optim.swa_utils.get_swa_avg_fn.
    """

    @no_grad
    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[..., None]:
    """A function for the moving averages of many weights, in place.

    Source: torch.optim.swa_utils.get_ema_multi_avg_fn.
    """
    _check_decay(decay)

    @no_grad
    def ema_update(ema_param_list: Any, current_param_list: Any, _: Any) -> None:
        for mean, now in zip(ema_param_list, current_param_list, strict=True):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - decay)
            else:
                mean.copy_((mean * decay + now * (1 - decay)).to(mean.dtype))

    return ema_update


def get_swa_multi_avg_fn() -> Callable[..., None]:
    """A function for the means of many weights, in place.

    Source: torch.optim.swa_utils.get_swa_multi_avg_fn.
    """

    @no_grad
    def swa_update(averaged: Any, current: Any, num_averaged: Any) -> None:
        for mean, now in zip(averaged, current, strict=True):
            mean.copy_((mean + (now - mean) / (num_averaged + 1)).to(mean.dtype))

    return swa_update


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ArgumentError(f"Invalid decay value {decay}; it must be from 0 to 1")


class AveragedModel(Module):
    """A copy of a module whose weights are means of those of the module in training.

    Source: torch.optim.swa_utils.AveragedModel.

    >>> import lightgrad.torch as torch
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> averaged = torch.optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 3.0):
    ...     _ = torch.nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item(), averaged.n_averaged
    (2.0, tensor(2))
    """

    __module__ = "lightgrad.torch.optim.swa_utils"

    n_averaged: Any

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Callable[..., Any] | None = None,
        multi_avg_fn: Callable[..., None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ArgumentError("AveragedModel: give avg_fn or multi_avg_fn, not both")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", MADE["tensor"](0, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def _weights(self, module: Any) -> list[Any]:
        buffers = module.buffers() if self.use_buffers else ()
        return list(chain(module.parameters(), buffers))

    @no_grad
    def update_parameters(self, model: Any) -> None:
        """Take the present weights of the module into the means."""
        means = [p.detach() for p in self._weights(self.module)]
        news = [p.detach().to(m.device) for p, m in zip(self._weights(model), means, strict=True)]
        if self.n_averaged == 0:
            for mean, new in zip(means, news, strict=True):
                mean.copy_(new)
        elif self.avg_fn is not None:
            for mean, new in zip(means, news, strict=True):
                mean.copy_(self.avg_fn(mean, new, self.n_averaged.to(mean.device)))
        else:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(means, news, self.n_averaged)
        if not self.use_buffers:
            for mine, new in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(new.detach().to(mine.device))
        self.n_averaged += 1


@no_grad
def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute the means and variances of batch normalization anew, over a loader.

    Source: torch.optim.swa_utils.update_bn.
    """
    norms = [m for m in model.modules() if hasattr(m, "reset_running_stats")]
    if not norms:
        return
    momenta, was_training = [m.momentum for m in norms], model.training
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    model.train()
    for batch in loader:
        given = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(given if device is None else given.to(device))
    for m, momentum in zip(norms, momenta, strict=True):
        m.momentum = momentum
    model.train(was_training)
