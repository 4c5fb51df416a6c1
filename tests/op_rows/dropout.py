"""torch's dropout of channels."""

import torch.nn.functional as F

NAMES = ("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
TORCH = {name: getattr(F, name) for name in NAMES}
