"""torch's losses of classes."""

from typing import Any

import torch
import torch.nn.functional as F

from tests.op_rows.loss import weighted
from tests.op_table import gradient_of


def _rows(a: Any, target: Any, reduction: str, ignore_index: int) -> Any:
    return F.cross_entropy(a, target, reduction=reduction, ignore_index=ignore_index)


TORCH = {
    "nll_loss": weighted("nll_loss"),
    "cross_entropy": weighted("cross_entropy"),
    "row_log_sum_exp": lambda t: torch.stack((t.amax(1), (t - t.amax(1, True)).logsumexp(1))),
    "row_cross_entropy": _rows,
    "row_cross_entropy_backward": gradient_of(_rows),
}
