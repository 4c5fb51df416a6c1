"""Neural networks: modules, layers, losses and initial values.

>>> import lightgrad as light
>>> import lightgrad.nn as nn
>>> net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
>>> net(light.ones(3, 4)).shape
(3, 2)
"""

import typing as _typing

from lightgrad.hints import lookup as _lookup
from lightgrad.hints import public as _public
from lightgrad.nn import functional as functional
from lightgrad.nn import init as init
from lightgrad.nn import utils as utils
from lightgrad.nn.activation import CELU as CELU
from lightgrad.nn.activation import ELU as ELU
from lightgrad.nn.activation import GELU as GELU
from lightgrad.nn.activation import GLU as GLU
from lightgrad.nn.activation import SELU as SELU
from lightgrad.nn.activation import Hardshrink as Hardshrink
from lightgrad.nn.activation import Hardsigmoid as Hardsigmoid
from lightgrad.nn.activation import Hardswish as Hardswish
from lightgrad.nn.activation import Hardtanh as Hardtanh
from lightgrad.nn.activation import LeakyReLU as LeakyReLU
from lightgrad.nn.activation import LogSigmoid as LogSigmoid
from lightgrad.nn.activation import LogSoftmax as LogSoftmax
from lightgrad.nn.activation import Mish as Mish
from lightgrad.nn.activation import PReLU as PReLU
from lightgrad.nn.activation import ReLU as ReLU
from lightgrad.nn.activation import ReLU6 as ReLU6
from lightgrad.nn.activation import Sigmoid as Sigmoid
from lightgrad.nn.activation import SiLU as SiLU
from lightgrad.nn.activation import Softmax as Softmax
from lightgrad.nn.activation import Softmin as Softmin
from lightgrad.nn.activation import Softplus as Softplus
from lightgrad.nn.activation import Softshrink as Softshrink
from lightgrad.nn.activation import Softsign as Softsign
from lightgrad.nn.activation import Tanh as Tanh
from lightgrad.nn.activation import Tanhshrink as Tanhshrink
from lightgrad.nn.containers import ModuleDict as ModuleDict
from lightgrad.nn.containers import ModuleList as ModuleList
from lightgrad.nn.containers import Sequential as Sequential
from lightgrad.nn.conv import Conv1d as Conv1d
from lightgrad.nn.conv import Conv2d as Conv2d
from lightgrad.nn.conv import Conv3d as Conv3d
from lightgrad.nn.conv import ConvTranspose1d as ConvTranspose1d
from lightgrad.nn.conv import ConvTranspose2d as ConvTranspose2d
from lightgrad.nn.dropout import Dropout as Dropout
from lightgrad.nn.embedding import Embedding as Embedding
from lightgrad.nn.linear import Bilinear as Bilinear
from lightgrad.nn.linear import Flatten as Flatten
from lightgrad.nn.linear import Identity as Identity
from lightgrad.nn.linear import Linear as Linear
from lightgrad.nn.linear import Unflatten as Unflatten
from lightgrad.nn.loss import BCELoss as BCELoss
from lightgrad.nn.loss import BCEWithLogitsLoss as BCEWithLogitsLoss
from lightgrad.nn.loss import CosineEmbeddingLoss as CosineEmbeddingLoss
from lightgrad.nn.loss import CrossEntropyLoss as CrossEntropyLoss
from lightgrad.nn.loss import HingeEmbeddingLoss as HingeEmbeddingLoss
from lightgrad.nn.loss import HuberLoss as HuberLoss
from lightgrad.nn.loss import KLDivLoss as KLDivLoss
from lightgrad.nn.loss import L1Loss as L1Loss
from lightgrad.nn.loss import MSELoss as MSELoss
from lightgrad.nn.loss import NLLLoss as NLLLoss
from lightgrad.nn.loss import SmoothL1Loss as SmoothL1Loss
from lightgrad.nn.mlp import MLP as MLP
from lightgrad.nn.module import Module as Module
from lightgrad.nn.normalization import BatchNorm1d as BatchNorm1d
from lightgrad.nn.normalization import BatchNorm2d as BatchNorm2d
from lightgrad.nn.normalization import BatchNorm3d as BatchNorm3d
from lightgrad.nn.normalization import GroupNorm as GroupNorm
from lightgrad.nn.normalization import LayerNorm as LayerNorm
from lightgrad.nn.normalization import RMSNorm as RMSNorm
from lightgrad.nn.parameter import Parameter as Parameter
from lightgrad.nn.pooling import AdaptiveAvgPool1d as AdaptiveAvgPool1d
from lightgrad.nn.pooling import AdaptiveAvgPool2d as AdaptiveAvgPool2d
from lightgrad.nn.pooling import AdaptiveAvgPool3d as AdaptiveAvgPool3d
from lightgrad.nn.pooling import AvgPool1d as AvgPool1d
from lightgrad.nn.pooling import AvgPool2d as AvgPool2d
from lightgrad.nn.pooling import AvgPool3d as AvgPool3d
from lightgrad.nn.pooling import MaxPool1d as MaxPool1d
from lightgrad.nn.pooling import MaxPool2d as MaxPool2d
from lightgrad.nn.pooling import MaxPool3d as MaxPool3d
from lightgrad.nn.recurrent import GRU as GRU
from lightgrad.nn.recurrent import LSTM as LSTM
from lightgrad.nn.recurrent import RNN as RNN
from lightgrad.nn.recurrent import GRUCell as GRUCell
from lightgrad.nn.recurrent import LSTMCell as LSTMCell
from lightgrad.nn.recurrent import RNNCell as RNNCell

__all__ = list(_public(globals(), "functional", "init", "utils"))

if not _typing.TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = _lookup(__name__)
