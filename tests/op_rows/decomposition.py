"""torch's matrices as products of others."""

from typing import Any

import torch

from lightgrad.conformance.rows.decomposition import unsigned


def _symmetric(fn: Any) -> Any:
    return lambda a, *args: unsigned(fn((a + a.mT) / 2, *args))


def _positive(fn: Any) -> Any:
    return lambda a, *args: fn(a @ a.mT + torch.eye(a.shape[-1], dtype=a.dtype), *args)


def _unsigned(fn: Any) -> Any:
    return lambda *args, **kwargs: unsigned(fn(*args, **kwargs))


def _qr(a: Any, complete: bool) -> Any:
    return torch.linalg.qr(a, "complete" if complete else "reduced")


TORCH = {
    "cholesky_lower": _positive(torch.linalg.cholesky),
    "cholesky of the identity": torch.linalg.cholesky,
    "cholesky": _positive(lambda a, upper=False: torch.linalg.cholesky(a, upper=upper)),
    "qr_parts": _qr,
    "qr_parts complete": _qr,
    "linalg_qr": torch.linalg.qr,
    "linalg_qr without Q": torch.linalg.qr,
    "svd": _unsigned(torch.svd),
    "svd in full": _unsigned(torch.svd),
    "eigh_parts": _symmetric(torch.linalg.eigh),
    "linalg_eigh": _symmetric(torch.linalg.eigh),
    "linalg_eigvalsh": _symmetric(torch.linalg.eigvalsh),
    "svd_parts": _unsigned(torch.linalg.svd),
    "svd_parts in full": _unsigned(torch.linalg.svd),
    "linalg_svd": _unsigned(torch.linalg.svd),
    "linalg_svdvals": torch.linalg.svdvals,
}
