"""Those that look on while a program runs: ledger, anomalies, shadow mode, values for pictures."""

from lightgrad.autograd.observers.call import Call, Observer, paused
from lightgrad.autograd.observers.wrapping import active, watch

__all__ = ["Call", "Observer", "active", "paused", "watch"]
