"""Signs that not every device keeps."""

import numpy as np

from lightgrad.conformance.row import row

MORE = [row("rsqrt", (np.array([-0.0, 0.0]),), grad=False)]
