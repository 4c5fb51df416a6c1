"""torch's names of windows as columns."""

import torch.nn.functional as F

TORCH = {"im2col": F.unfold, "col2im": F.fold}
