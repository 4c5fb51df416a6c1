"""Optimizers, learning rate schedules and gradient clipping."""

from typing import TYPE_CHECKING

from lightgrad.autograd.utils.clip import clip_grad_norm_, clip_grad_value_
from lightgrad.hints import lookup
from lightgrad.optim import lr_scheduler
from lightgrad.optim.adagrad import Adadelta, Adagrad
from lightgrad.optim.adam import AdaBelief, Adam, AdamW
from lightgrad.optim.optimizer import Optimizer
from lightgrad.optim.rmsprop import RMSprop
from lightgrad.optim.sgd import SGD

__all__ = [
    "SGD",
    "AdaBelief",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
]

if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
