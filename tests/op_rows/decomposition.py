"""torch's matrices as products of others."""

from typing import Any

import torch

from lightgrad.conformance.rows.decomposition import unsigned


def _symmetric(fn: Any) -> Any:
    return lambda a, *args: unsigned(fn((a + a.mT) / 2, *args))


def _unsigned(fn: Any) -> Any:
    return lambda *args, **kwargs: unsigned(fn(*args, **kwargs))


def _qr(a: Any, complete: bool) -> Any:
    return torch.linalg.qr(a, "complete" if complete else "reduced")


TORCH = {
    "cholesky_lower": _symmetric(torch.linalg.cholesky),
    "cholesky": _symmetric(lambda a, upper=False: torch.linalg.cholesky(a, upper=upper)),
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
    "lu_parts": lambda a, pivot: torch.linalg.lu_factor(a, pivot=pivot),
    "linalg_lu_factor": torch.linalg.lu_factor,
    "linalg_lu_factor of others": torch.linalg.lu_factor,
    "linalg_lu": torch.linalg.lu,
    "linalg_lu of others": torch.linalg.lu,
    "lu_unpack": torch.lu_unpack,
}
