"""torch's losses of alignments, on scores."""

from typing import Any

import torch
import torch.nn.functional as F


def _ctc(x: Any, targets: Any, times: Any, counts: Any, *args: Any, **kwargs: Any) -> Any:
    lengths = (torch.as_tensor(times), torch.as_tensor(counts))
    return F.ctc_loss(x.log_softmax(-1), targets, *lengths, *args, **kwargs)


TORCH = {
    "ctc_loss": _ctc,
    "poisson_nll_loss": lambda x, y, log_input=True, full=False, **more: F.poisson_nll_loss(
        x, y, log_input, full, **more
    ),
}
