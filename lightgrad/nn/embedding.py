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


class Embedding(Module):
    """Row ``weight[i]`` for each index i: (...) integers to (..., embedding_dim).

    The table (num_embeddings, embedding_dim) begins standard normal; the row
    ``padding_idx`` begins at zero and gets no gradient.  Source: torch.nn.Embedding.

    >>> import lightgrad as light
    >>> light.nn.Embedding(10, 3)(light.tensor([[1, 2], [9, 1]])).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
        *,
        _weight: AbstractTensor | None = None,
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
        self.padding_idx = padding_idx
        if _weight is not None:
            self.register_parameter("weight", _weight)
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
        cls, embeddings: AbstractTensor, freeze: bool = True, padding_idx: int | None = None
    ) -> Embedding:
        """An embedding with a given table, frozen by default."""
        if embeddings.ndim != 2:
            raise ShapeError(f"Embedding: a table has 2 dimensions, not shape {embeddings.shape}")
        n, width = embeddings.shape
        table = embeddings.detach().clone().requires_grad_(not freeze)
        return cls(n, width, padding_idx, _weight=table)

    def forward(self, indices: AbstractTensor) -> AbstractTensor:
        return F.embedding(indices, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"
