"""Results of several tensors as PyTorch names and prints them: ``torch.return_types``."""

from __future__ import annotations

import functools
from operator import itemgetter
from typing import Any


class Result(tuple):
    """Several results, also by name."""

    __slots__ = ()
    _names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        fields = zip(type(self)._names, self, strict=True)
        inside = ",\n".join(f"{name}={value!r}" for name, value in fields)
        return f"torch.return_types.{type(self).__name__}(\n{inside})"

    def __reduce__(self) -> Any:
        return again, (type(self).__name__, type(self)._names, tuple(self))


@functools.cache
def kind(op: str, names: tuple[str, ...]) -> type[Result]:
    """The type of the results of an operation, which have these names."""
    own: dict[str, Any] = {name: property(itemgetter(i)) for i, name in enumerate(names)}
    own |= {"__slots__": (), "__module__": "torch.return_types", "_names": names}
    own |= {"n_fields": len(names), "n_sequence_fields": len(names), "n_unnamed_fields": 0}
    return type(op, (Result,), own)


def again(op: str, names: tuple[str, ...], values: Any) -> Result:
    """Results that were pickled.

    >>> again("sort", ("values", "indices"), (1, 0))
    torch.return_types.sort(
    values=1,
    indices=0)
    """
    return kind(op, names)(values)


def named(op: str, out: Any) -> Any:
    """A named tuple as one of PyTorch's; anything else as it is."""
    names = getattr(out, "_fields", None) if isinstance(out, tuple) else None
    return out if names is None else kind(op, names)(out)


_PAIR = ("values", "indices")
#: the types that there are, by operation
TYPES: dict[str, type[Result]] = {
    **{op: kind(op, _PAIR) for op in ("max", "min", "sort", "topk", "median", "nanmedian", "mode")},
    **{op: kind(op, _PAIR) for op in ("kthvalue", "cummax", "cummin")},
    "aminmax": kind("aminmax", ("min", "max")),
    "frexp": kind("frexp", ("mantissa", "exponent")),
    "histogram": kind("histogram", ("hist", "bin_edges")),
    "qr": kind("qr", ("Q", "R")),
    "svd": kind("svd", ("U", "S", "V")),
    "slogdet": kind("slogdet", ("sign", "logabsdet")),
    "linalg_qr": kind("linalg_qr", ("Q", "R")),
    "linalg_svd": kind("linalg_svd", ("U", "S", "Vh")),
    "linalg_eigh": kind("linalg_eigh", ("eigenvalues", "eigenvectors")),
    "linalg_eig": kind("linalg_eig", ("eigenvalues", "eigenvectors")),
    "linalg_slogdet": kind("linalg_slogdet", ("sign", "logabsdet")),
    "linalg_lu": kind("linalg_lu", ("P", "L", "U")),
    "linalg_lu_factor": kind("linalg_lu_factor", ("LU", "pivots")),
    "linalg_lstsq": kind("linalg_lstsq", ("solution", "residuals", "rank", "singular_values")),
    "linalg_cholesky_ex": kind("linalg_cholesky_ex", ("L", "info")),
    "linalg_inv_ex": kind("linalg_inv_ex", ("inverse", "info")),
    "linalg_solve_ex": kind("linalg_solve_ex", ("result", "info")),
    "lu_unpack": kind("lu_unpack", ("P", "L", "U")),
    "triangular_solve": kind("triangular_solve", ("solution", "cloned_coefficient")),
}
