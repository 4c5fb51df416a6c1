"""torch's clamp, and a range that depends on the dtype."""

import torch

from lightgrad.conformance.row import row
from lightgrad.conformance.rows.clamp import SPECIAL
from tests.op_table import gradient_of

TORCH = {"clamp_between": torch.clamp, "clamp_backward": gradient_of(torch.clamp)}
MORE = [row("nan_to_num", (SPECIAL,), (SPECIAL, 5.0), smooth=False)]
