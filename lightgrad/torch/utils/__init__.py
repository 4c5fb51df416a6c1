"""torch.utils: its modules are imported when they are first asked for."""

from lightgrad.torch._core.late import late as _late

__getattr__ = _late(__name__, __path__, "_pytree")
