"""torch's atan2, which takes no number; and signs that not every device keeps."""

import numpy as np
import torch

from lightgrad.conformance.row import row

TORCH = {"atan2 of a number": lambda a, b: torch.atan2(a, torch.tensor(b, dtype=a.dtype))}
MORE = [row("rsqrt", (np.array([-0.0, 0.0]),), grad=False)]
