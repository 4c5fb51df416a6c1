"""Optimizers, learning rate schedules and gradient clipping."""

import typing as _typing

from lightgrad.autograd.utils.clip import clip_grad_norm_ as clip_grad_norm_
from lightgrad.autograd.utils.clip import clip_grad_value_ as clip_grad_value_
from lightgrad.hints import lookup as _lookup
from lightgrad.hints import public as _public
from lightgrad.optim import lr_scheduler as lr_scheduler
from lightgrad.optim.adafactor import Adafactor as Adafactor
from lightgrad.optim.adagrad import Adadelta as Adadelta
from lightgrad.optim.adagrad import Adagrad as Adagrad
from lightgrad.optim.adam import AdaBelief as AdaBelief
from lightgrad.optim.adam import Adam as Adam
from lightgrad.optim.adam import AdamW as AdamW
from lightgrad.optim.adamax import Adamax as Adamax
from lightgrad.optim.adamax import NAdam as NAdam
from lightgrad.optim.adamax import RAdam as RAdam
from lightgrad.optim.lbfgs import LBFGS as LBFGS
from lightgrad.optim.optimizer import Optimizer as Optimizer
from lightgrad.optim.rmsprop import RMSprop as RMSprop
from lightgrad.optim.rprop import ASGD as ASGD
from lightgrad.optim.rprop import Rprop as Rprop
from lightgrad.optim.sgd import SGD as SGD

__all__ = list(_public(globals(), "lr_scheduler"))

if not _typing.TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = _lookup(__name__)
