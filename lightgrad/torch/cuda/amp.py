"""torch.cuda.amp."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.amp import GradScaler as _GradScaler
from lightgrad.torch.amp import autocast as autocast
from lightgrad.torch.amp import custom_bwd as custom_bwd
from lightgrad.torch.amp import custom_fwd as custom_fwd


class GradScaler(_GradScaler):
    """The scaler for "cuda".  Source: torch.cuda.amp.GradScaler."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


__getattr__ = _lookup(__name__)
