"""Embedding: rows of a table by their numbers."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError
from lightgrad.nn import functional as F
from lightgrad.nn import init
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.module import Module
from lightgrad.nn.parameter import Parameter


class Embedding(Module):
    """Row ``weight[i]`` for each index i: (...) integers to (..., embedding_dim).

    The table (num_embeddings, embedding_dim) begins standard normal; the row
    ``padding_idx`` begins at zero and gets no gradient.  Source: torch.nn.Embedding.

    >>> import lightgrad as light
    >>> light.nn.Embedding(10, 3)(light.tensor([[1, 2], [9, 1]])).shape
    (2, 2, 3)
    """

    # also of those that 0.1.0 pickled
    max_norm: float | None = None
    norm_type, scale_grad_by_freq, sparse = 2.0, False, False

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: AbstractTensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_sizes("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ShapeError(
                    f"Embedding: padding_idx {padding_idx} is out of range for "
                    f"num_embeddings {num_embeddings}"
                )
            padding_idx %= num_embeddings
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        if _weight is not None:
            _check_table("Embedding", _weight, (num_embeddings, embedding_dim))
            self.register_parameter("weight", Parameter(_weight, not _freeze))
            return
        self.weight = init.empty((num_embeddings, embedding_dim), device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls,
        embeddings: AbstractTensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """An embedding with a given table, frozen by default."""
        if embeddings.ndim != 2:
            raise ShapeError(f"Embedding: a table has 2 dimensions, not shape {embeddings.shape}")
        n, width = embeddings.shape
        options = padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
        return cls(n, width, *options, _weight=embeddings.detach().clone(), _freeze=freeze)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        if self.max_norm is None and not self.scale_grad_by_freq:
            return F.embedding(input, self.weight, self.padding_idx)
        how = self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        return F.embedding(input, self.weight, self.padding_idx, *how)

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}" + _options(self)


def _options(table: Any) -> str:
    """The options of a table that are not the usual ones, as torch shows them."""
    usual: dict[str, Any] = {
        "padding_idx": None,
        "max_norm": None,
        "norm_type": 2,
        "scale_grad_by_freq": False,
        "sparse": False,
    }
    if isinstance(table, EmbeddingBag):
        usual = {"max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "mode": "?"}
        usual |= {"padding_idx": None}
    shown = {k: v for k, v in vars(table).items() if k in usual and v != usual[k]}
    return "".join(f", {k}={shown[k]!r}" for k in usual if k in shown)


def _check_table(layer: str, table: AbstractTensor, shape: tuple[int, int]) -> None:
    if tuple(table.shape) != shape:
        raise ShapeError(f"{layer}: a table of shape {table.shape} should have shape {shape}")


class EmbeddingBag(Module):
    """The sum, mean or largest of the rows in bags of indices, without making them all.

    Bags are the rows of (N, L) integers, or parts of L of them that begin at
    ``offsets``.  Source: torch.nn.EmbeddingBag.

    >>> import lightgrad as light
    >>> bag = light.nn.EmbeddingBag(3, 1, _weight=light.tensor([[1.0], [2.0], [4.0]]), mode="sum")
    >>> bag(light.tensor([0, 1, 2]), light.tensor([0, 2])).tolist()
    [[3.0], [4.0]]
    """

    weight: AbstractTensor

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: AbstractTensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_sizes("EmbeddingBag", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.max_norm, self.norm_type, self.mode = max_norm, norm_type, mode
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None:
            _check_table("EmbeddingBag", _weight, (num_embeddings, embedding_dim))
            self.register_parameter("weight", Parameter(_weight))
            return
        table = init.empty((num_embeddings, embedding_dim), device, dtype)
        self.register_parameter("weight", table)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        Embedding.reset_parameters(self)  # type: ignore[arg-type]

    @classmethod
    def from_pretrained(
        cls,
        embeddings: AbstractTensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A bag with a given table, frozen by default."""
        options: Any = max_norm, norm_type, scale_grad_by_freq, mode, sparse
        more: Any = {"include_last_offset": include_last_offset, "padding_idx": padding_idx}
        more["_weight"] = embeddings.detach()
        bag = cls(embeddings.shape[0], embeddings.shape[1], *options, **more)
        bag.weight.requires_grad_(not freeze)
        return bag

    def forward(
        self, input: AbstractTensor, offsets: Any = None, per_sample_weights: Any = None
    ) -> AbstractTensor:
        how = self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse
        more = per_sample_weights, self.include_last_offset, self.padding_idx
        return F.embedding_bag(input, self.weight, offsets, *how, *more)

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}" + _options(self)
