"""Observers of a running program: ledger, anomalies, shadow mode, values for pictures."""

from lightgrad.autograd.observers.call import Call, Observer, paused
from lightgrad.autograd.observers.wrapping import active, watch

__all__ = ["Call", "Observer", "active", "paused", "watch"]
