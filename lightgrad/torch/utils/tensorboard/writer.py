"""torch.utils.tensorboard.writer: files of events, for TensorBoard."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

from lightgrad.autograd.contract import is_tensor
from lightgrad.data.optional import load

#: arguments that PyTorch's writer has besides
_WITHOUT = ("new_style", "double_precision")


class SummaryWriter:
    """Writes numbers, pictures, texts and the like into a folder that TensorBoard reads.

    It is tensorboardX's, which takes tensors here: ``pip install "lightgrad[tensorboard]"``.
    Source: torch.utils.tensorboard.SummaryWriter.

    >>> with SummaryWriter("runs/first") as writer:  # doctest: +SKIP
    ...     writer.add_scalar("loss", 0.25, 1)
    """

    def __init__(
        self,
        log_dir: Any = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        package = load("tensorboardX", "tensorboardX", "a SummaryWriter", extra="tensorboard")
        self._writer = package.SummaryWriter(
            logdir=None if log_dir is None else str(log_dir),
            comment=comment,
            purge_step=purge_step,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )
        self.log_dir = self._writer.logdir
        self.purge_step, self.max_queue = purge_step, max_queue
        self.flush_secs, self.filename_suffix = flush_secs, filename_suffix

    def get_logdir(self) -> str:
        """The folder of the files."""
        return str(self.log_dir)

    def add_graph(self, model: Any, input_to_model: Any = None, **kwargs: Any) -> None:
        """Writes nothing: the graph of a model is shown by ``lightgrad.graphs``."""
        warnings.warn(
            "add_graph writes nothing here; lightgrad.graphs draws the graph of a result",
            stacklevel=2,
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _with_arrays(getattr(self._writer, name))

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()


def _with_arrays(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes tensors where it takes arrays."""

    def call(*args: Any, **kwargs: Any) -> Any:
        kept = {name: _array(v) for name, v in kwargs.items() if name not in _WITHOUT}
        return method(*map(_array, args), **kept)

    return call if callable(method) else method


def _array(value: Any) -> Any:
    """The numbers of a tensor, of tensors in a list or dictionary, or the value itself."""
    if is_tensor(value):
        array = value.detach().to("cpu").numpy()
        return array.item() if array.ndim == 0 else array
    if isinstance(value, dict):
        return {key: _array(v) for key, v in value.items()}
    return [_array(v) for v in value] if isinstance(value, list) else value
