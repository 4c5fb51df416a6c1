"""torch's gradient of windows that overlap."""

import torch

TORCH = {"unfold_backward": torch.ops.aten.unfold_backward}
