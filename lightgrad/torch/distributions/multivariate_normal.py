"""torch.distributions.multivariate_normal: the bell curve of several axes."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.errors import ArgumentError
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import Distribution
from lightgrad.torch.distributions.utils import (
    lazy_property,
)


def _batch_mv(matrix: Any, vector: Any) -> Any:
    """A product of matrices and vectors, of batches of both."""
    return torch.matmul(matrix, vector.unsqueeze(-1)).squeeze(-1)


class MultivariateNormal(Distribution):
    """Density exp(-(x - loc)^T C^-1 (x - loc) / 2) / sqrt((2 pi)^n det C).

    C is a covariance matrix, the inverse of a precision matrix, or L L^T of `scale_tril`.
    Source: torch.distributions.MultivariateNormal.

    >>> MultivariateNormal(torch.zeros(2), scale_tril=torch.eye(2)).variance
    tensor([1., 1.])
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        given = {name: value for name, value in given.items() if value is not None}
        if loc.dim() < 1:
            raise ArgumentError("loc must be at least one-dimensional.")
        if len(given) != 1:
            raise ArgumentError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril "
                "may be specified."
            )
        (name, matrix), n = next(iter(given.items())), loc.shape[-1]
        if matrix.dim() < 2:
            raise ArgumentError(f"{name} must be at least two-dimensional, with batch dimensions")
        batch = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand((*batch, n, n)))
        self.loc = loc.expand((*batch, n))
        super().__init__(batch, (n,), validate_args=validate_args)
        if name == "precision_matrix":
            self._lower = _precision_to_scale_tril(matrix).expand((*batch, n, n))
        else:
            lower = matrix if name == "scale_tril" else torch.linalg.cholesky(matrix)
            self._lower = lower.expand((*batch, n, n))

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower triangle L."""
        return self._lower

    @lazy_property
    def covariance_matrix(self) -> Any:
        """L L^T."""
        return torch.matmul(self._lower, self._lower.transpose(-2, -1))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance matrix."""
        n = self._event_shape[0]
        whole = torch.eye(n, dtype=self.loc.dtype, device=self.loc.device).expand(self._lower.shape)
        inverse = torch.linalg.solve_triangular(self._lower, whole, upper=False)
        return torch.matmul(inverse.transpose(-2, -1), inverse)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return self._lower.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        noise = torch.randn(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + _batch_mv(self._lower, noise)

    def log_prob(self, value: Any) -> Any:
        distance = self._validated(value) - self.loc
        shape = torch.broadcast_shapes(distance.shape, self._lower.shape[:-1])
        lower = self._lower.expand((*shape, shape[-1]))
        column = distance.expand(shape).unsqueeze(-1)
        scaled = torch.linalg.solve_triangular(lower, column, upper=False).squeeze(-1)
        half = self._lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        n = self._event_shape[0]
        return -0.5 * (n * math.log(2 * math.pi) + scaled.pow(2).sum(-1)) - half

    def entropy(self) -> Any:
        half = self._lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        entropy = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + half
        return entropy.expand(self._batch_shape)


def _precision_to_scale_tril(precision: Any) -> Any:
    """The lower triangle L, where L L^T is the inverse of a matrix."""
    turned = torch.linalg.cholesky(torch.flip(precision, (-2, -1)))
    inverse = torch.flip(turned, (-2, -1)).transpose(-2, -1)
    whole = torch.eye(precision.shape[-1], dtype=precision.dtype, device=precision.device)
    return torch.linalg.solve_triangular(inverse, whole.expand(inverse.shape), upper=False)
