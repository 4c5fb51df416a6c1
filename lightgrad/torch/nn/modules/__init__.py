"""torch.nn.modules: the modules, each also in a module that is called as PyTorch's file is."""

from __future__ import annotations

import sys as _sys
from types import ModuleType as _ModuleType

from lightgrad import nn as _nn
from lightgrad.nn import hooks as _hooks
from lightgrad.nn import state as _state
from lightgrad.torch._core.classes import Tensor as _Tensor
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import Module
from lightgrad.torch._core.modules import Parameter as _Parameter
from lightgrad.torch._core.modules import built as _built
from lightgrad.torch._core.modules import variant as _variant
from lightgrad.torch.nn import functional as _F
from lightgrad.torch.nn import init as _init
from lightgrad.torch.nn.modules import utils as _utils

__getattr__ = _lookup(__name__)

#: where PyTorch has its modules, as far as their names do not say
_HOMES = {
    "activation": "CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU "
    "LogSigmoid LogSoftmax Mish MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid "
    "Softmax Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold",
    "channelshuffle": "ChannelShuffle",
    "container": "Container ModuleDict ModuleList ParameterDict ParameterList Sequential",
    "distance": "CosineSimilarity PairwiseDistance",
    "flatten": "Flatten Unflatten",
    "fold": "Fold Unfold",
    "linear": "Bilinear Identity LazyLinear Linear NonDynamicallyQuantizableLinear",
    "module": "Module",
    "normalization": "CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm RMSNorm",
    "pixelshuffle": "PixelShuffle PixelUnshuffle",
    "rnn": "GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase",
    "sparse": "Embedding EmbeddingBag",
    "upsampling": "Upsample UpsamplingBilinear2d UpsamplingNearest2d",
}
#: and by a part of the name, the first that fits
_PARTS = {
    "BatchNorm": "batchnorm",
    "_NormBase": "batchnorm",
    "InstanceNorm": "instancenorm",
    "Conv": "conv",
    "Dropout": "dropout",
    "Loss": "loss",
    "Pool": "pooling",
    "Unpool": "pooling",
    "Pad": "padding",
    "Transformer": "transformer",
}


def _home(name: str) -> str | None:
    for home, names in _HOMES.items():
        if name in names.split():
            return home
    return next((home for part, home in _PARTS.items() if part in name), None)


for _name, _value in vars(_nn).items():
    if not isinstance(_value, type) or not issubclass(_value, _nn.Module):
        continue
    _where = _home(_name)
    _made = globals()[_name] = _variant(_value)
    if _where is not None:
        _full = f"{__name__}.{_where}"
        if _full not in _sys.modules:
            _sys.modules[_full] = globals()[_where] = _ModuleType(
                _full, f"torch.nn.modules.{_where}"
            )
            _sys.modules[_full].__dict__["__getattr__"] = _lookup(_full)
        setattr(_sys.modules[_full], _name, _made)
        _made.__module__ = _full

#: the bases that programs ask modules for, by PyTorch's names
for _where, _name, _value in (
    ("batchnorm", "_BatchNorm", _nn.normalization._BatchNorm),
    ("batchnorm", "_NormBase", _nn.normalization._NormBase),
    ("batchnorm", "SyncBatchNorm", _nn.SyncBatchNorm),
    ("conv", "_ConvNd", _nn.conv._Conv),
    ("conv", "_ConvTransposeMixin", _nn.conv._Transposed),
    ("conv", "_ConvTransposeNd", _nn.conv._Transposed),
    ("dropout", "_DropoutNd", _nn.dropout._Dropout),
    ("instancenorm", "_InstanceNorm", _nn.instance_norm._InstanceNorm),
    ("linear", "NonDynamicallyQuantizableLinear", _nn.attention.NonDynamicallyQuantizableLinear),
    ("loss", "_Loss", _nn.loss._Loss),
    ("loss", "_WeightedLoss", _nn.loss._Weighted),
    ("pooling", "_AdaptiveAvgPoolNd", _nn.pooling._AdaptiveAvgPool),
    ("pooling", "_AdaptiveMaxPoolNd", _nn.more_pooling._AdaptiveMaxPool),
    ("pooling", "_AvgPoolNd", _nn.pooling._AvgPool),
    ("pooling", "_LPPoolNd", _nn.more_pooling._LPPool),
    ("pooling", "_MaxPoolNd", _nn.pooling._MaxPool),
    ("pooling", "_MaxUnpoolNd", _nn.more_pooling._MaxUnpool),
):
    _made = _variant(_value)
    setattr(_sys.modules[f"{__name__}.{_where}"], _name, _made)
    if _made.__name__ == _name and _made.__module__.endswith("torch.nn"):
        _made.__module__ += f".modules.{_where}"  # where pickle finds it: torch.nn lacks it
#: what PyTorch's files import themselves, and programs from them
_imported = {"F": _F, "Module": Module, "Parameter": _Parameter, "Tensor": _Tensor, "init": _init}
_imported |= {name: getattr(_utils, name) for name in ("_single", "_pair", "_triple", "_ntuple")}
for _name, _value in [*_sys.modules.items()]:
    if _name.startswith(f"{__name__}.") and _value is not _utils:
        vars(_value).update({k: v for k, v in _imported.items() if k not in vars(_value)})
vars(_sys.modules[f"{__name__}.module"]).update(
    {name: getattr(_hooks, name) for name in vars(_hooks) if name.startswith("register_module_")},
    _IncompatibleKeys=_state.LoadResult,
    _addindent=_utils.indented,
)
_mask = _nn.Transformer.generate_square_subsequent_mask
_variant(_nn.Transformer).generate_square_subsequent_mask = staticmethod(_built(_mask))

__all__ = [n for n, v in globals().items() if isinstance(v, type) and issubclass(v, Module)]
