"""torch's ways to call special functions."""

import torch

TORCH = {
    "polygamma": lambda t, n: torch.polygamma(n, t),
    "special_entr": torch.special.entr,
    "special_ndtr": torch.special.ndtr,
    "special_xlog1py": torch.special.xlog1py,
    "zeta_sum": lambda t, n: torch.polygamma(n, t),
}
