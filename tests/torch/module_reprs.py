"""Modules, optimizers and the like whose text is the same here and in PyTorch.

`python -m tests.torch.module_reprs` shows those that differ, and the classes that are not tried.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

#: calls of classes in torch.nn, one a line; several with | between them
MODULES = """
Linear(3, 4) | Linear(3, 4, bias=False) | Bilinear(2, 3, 4) | Bilinear(2, 3, 4, bias=False)
Identity() | Identity(3) | Flatten() | Flatten(0, 2) | Unflatten(1, (2, 3)) | Conv1d(3, 4, 5)
Conv1d(3, 4, 5, 2, 1, 2, bias=False) | Conv1d(4, 4, 3, groups=2) | Conv2d(3, 4, 5)
Conv2d(3, 4, (3, 2), stride=2, padding=(1, 0)) | Conv2d(4, 8, 3, groups=4)
Conv2d(3, 4, 3, padding="same") | Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
Conv2d(3, 4, 3, dilation=2, bias=False) | Conv3d(3, 4, 3) | Conv3d(3, 4, 3, 2, 1)
ConvTranspose1d(3, 4, 5) | ConvTranspose2d(3, 4, 5, 2, 1, 1) | ConvTranspose3d(3, 4, 3)
ConvTranspose2d(4, 4, 3, groups=2, bias=False, dilation=2) | MaxPool1d(2) | MaxPool2d(2)
MaxPool2d((3, 2), stride=2, padding=1) | MaxPool3d(2, 1)
MaxPool2d(2, return_indices=True, ceil_mode=True) | MaxUnpool1d(2) | MaxUnpool2d(2)
MaxUnpool3d(2) | AvgPool1d(2) | AvgPool2d(2) | AvgPool2d(3, 1, 1, ceil_mode=True) | AvgPool3d(2)
AvgPool2d(2, count_include_pad=False, divisor_override=3) | LPPool1d(2, 3) | LPPool2d(2, 3)
AdaptiveAvgPool1d(3) | AdaptiveAvgPool2d(1) | AdaptiveAvgPool2d((2, None)) | AdaptiveAvgPool3d(2)
AdaptiveMaxPool1d(3) | AdaptiveMaxPool2d((3, 4)) | AdaptiveMaxPool3d(2)
FractionalMaxPool2d(2, 3) | LPPool3d(2, 3) | FractionalMaxPool3d(2, 3) | BatchNorm1d(3)
BatchNorm2d(3, affine=False) | BatchNorm3d(3, eps=1e-3, momentum=None)
BatchNorm2d(3, track_running_stats=False) | SyncBatchNorm(3) | InstanceNorm1d(3)
InstanceNorm2d(3, affine=True) | InstanceNorm3d(3, track_running_stats=True) | LayerNorm(4)
LayerNorm((3, 4), eps=1e-6) | LayerNorm(4, elementwise_affine=False) | LayerNorm(4, bias=False)
GroupNorm(2, 4) | GroupNorm(2, 4, affine=False) | RMSNorm(4) | LocalResponseNorm(2)
CrossMapLRN2d(2) | RMSNorm((2, 4), eps=1e-6, elementwise_affine=False) | ReLU()
ReLU(inplace=True) | ReLU6() | ReLU6(inplace=True) | LeakyReLU() | LeakyReLU(0.2, True) | ELU()
ELU(0.5, inplace=True) | SELU() | SELU(True) | CELU() | CELU(2.0) | GELU()
GELU(approximate="tanh") | SiLU() | SiLU(inplace=True) | Mish() | Sigmoid() | Tanh() | Softplus()
Softplus(2, 10) | Softsign() | Tanhshrink() | Hardshrink() | Hardshrink(0.3) | Softshrink()
Softshrink(0.2) | Hardtanh() | Hardtanh(-2, 2, inplace=True) | Hardsigmoid() | Hardswish()
LogSigmoid() | Softmax() | Softmax(dim=1) | LogSoftmax(dim=-1) | Softmin(dim=0) | Softmax2d()
Threshold(0.1, 20) | Threshold(0.1, 20, inplace=True) | PReLU() | PReLU(4) | RReLU()
RReLU(0.1, 0.3, inplace=True) | GLU() | GLU(1) | MultiheadAttention(4, 2) | Dropout()
Dropout(0.2, inplace=True) | Dropout1d(0.2) | Dropout2d() | Dropout3d(0.1) | AlphaDropout()
AlphaDropout(0.3) | FeatureAlphaDropout(0.2) | Embedding(5, 3) | Embedding(5, 3, padding_idx=0)
Embedding(5, 3, max_norm=2.0) | Embedding(5, 3, scale_grad_by_freq=True, sparse=True)
EmbeddingBag(5, 3) | EmbeddingBag(5, 3, mode="sum")
EmbeddingBag(5, 3, max_norm=1.0, padding_idx=2) | RNN(3, 4) | RNN(3, 4, nonlinearity="relu")
LSTM(3, 4) | GRU(3, 4) | RNN(3, 4, 2, batch_first=True)
LSTM(3, 4, num_layers=2, bidirectional=True) | LSTM(3, 4, 2, dropout=0.5, bias=False)
LSTM(3, 4, proj_size=2) | GRU(3, 4, 2, False, True, 0.1, True) | RNNCell(3, 4) | LSTMCell(3, 4)
GRUCell(3, 4) | RNNCell(3, 4, bias=False) | RNNCell(3, 4, nonlinearity="relu")
Transformer(8, 2, 1, 1, 16) | TransformerEncoderLayer(8, 2, 16)
TransformerDecoderLayer(8, 2, 16) | TransformerEncoder(TransformerEncoderLayer(8, 2, 16), 2)
TransformerDecoder(TransformerDecoderLayer(8, 2, 16), 1)
TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")
Upsample(scale_factor=2) | Upsample(size=4, mode="bilinear") | Upsample((2, 3))
Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=True)
UpsamplingNearest2d(scale_factor=2) | UpsamplingBilinear2d(size=3) | PixelShuffle(2)
PixelUnshuffle(3) | ChannelShuffle(2) | Fold((4, 5), 2) | Unfold(2)
Unfold((2, 3), padding=1, stride=2) | ZeroPad1d(2) | ZeroPad2d((1, 2, 3, 4)) | ZeroPad3d(1)
ConstantPad1d(2, 3.5) | ConstantPad2d(2, 0) | ConstantPad3d(1, 1.0) | ReflectionPad1d(2)
ReflectionPad2d(1) | ReflectionPad3d(1) | ReplicationPad1d(2) | ReplicationPad2d((1, 0, 2, 0))
ReplicationPad3d(1) | CircularPad1d(1) | CircularPad2d(1) | CircularPad3d(1) | CosineSimilarity()
CosineSimilarity(dim=0, eps=1e-6) | PairwiseDistance() | PairwiseDistance(3) | L1Loss()
MSELoss() | MSELoss(reduction="sum") | CrossEntropyLoss() | NLLLoss() | NLLLoss2d()
CrossEntropyLoss(label_smoothing=0.1) | PoissonNLLLoss() | GaussianNLLLoss() | KLDivLoss()
BCELoss() | BCEWithLogitsLoss() | HuberLoss() | HuberLoss(delta=2.0) | SmoothL1Loss() | CTCLoss()
SmoothL1Loss(beta=0.5) | SoftMarginLoss() | HingeEmbeddingLoss() | MarginRankingLoss()
MultiLabelMarginLoss() | MultiLabelSoftMarginLoss() | MultiMarginLoss() | TripletMarginLoss()
CosineEmbeddingLoss() | TripletMarginWithDistanceLoss() | KLDivLoss("batchmean", log_target=True)
AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10]) | LinearCrossEntropyLoss(4, 5) | Sequential()
Sequential(Linear(2, 3), ReLU(), Linear(3, 1)) | ModuleList() | ModuleDict()
ModuleList([Linear(2, 3) for _ in range(3)]) | ModuleList([Linear(2, 2), ReLU(), ReLU()])
ModuleDict({"a": Linear(2, 2), "b": ReLU()})
Sequential(OrderedDict(one=Linear(1, 2), two=Tanh()))
Sequential(Sequential(Linear(2, 3), ReLU()), ModuleList([ReLU()])) | Sequential(Sequential())
ParameterList() | ParameterList([Parameter(torch.zeros(2)), Parameter(torch.zeros(2, 3))])
ParameterDict({"a": Parameter(torch.zeros(2))}) | ParameterList([torch.zeros(2), 3, "a"])
ModuleList([Sequential(Linear(2, 2), ReLU()) for _ in range(4)]) | DataParallel(Linear(2, 3))
Linear(2, 3).eval() | Linear(2, 3).double() | Module() | Container() | Linear(2, 3).weight
Sequential(Linear(2, 3), ReLU())[0] | Sequential(Linear(2, 3), ReLU(), Tanh())[:2]
utils.weight_norm(Linear(2, 3)) | utils.spectral_norm(Linear(2, 3)) | LazyLinear(3)
LazyConv2d(3, 3) | utils.parametrizations.weight_norm(Linear(2, 3))
utils.parametrizations.orthogonal(Linear(2, 2)) | list(Linear(2, 3).named_parameters())[0][0]
Linear(2, 3).parameters | Linear(2, 3).forward
"""

#: other objects, with `torch`, `nn`, `F` and a few tensors
OTHERS = """
optim.SGD([p], lr=0.1) | optim.SGD([p], lr=0.1, momentum=0.9, nesterov=True) | optim.Adam([p])
optim.AdamW([p], lr=1e-3, weight_decay=0.1) | optim.RMSprop([p]) | optim.Adagrad([p])
optim.Adadelta([p]) | optim.Adamax([p]) | optim.NAdam([p]) | optim.RAdam([p]) | optim.Rprop([p])
optim.ASGD([p]) | optim.LBFGS([p])
optim.Adam([{"params": [p], "lr": 0.1}, {"params": [q]}], lr=0.01)
optim.SGD([p], lr=0.1).state_dict() | optim.Adam([p]).state_dict() | optim.Adafactor([p])
optim.Adam([p]).param_groups | optim.lr_scheduler.StepLR(optim.SGD([p], lr=0.1), 2).state_dict()
nn.Linear(2, 1, bias=False).requires_grad_(False).load_state_dict({"weight": torch.ones(1, 2)})
ones_in(nn.Linear(2, 3)).state_dict() | ones_in(nn.BatchNorm1d(2)).state_dict()
list(ones_in(nn.Linear(2, 1)).parameters()) | dict(ones_in(nn.Linear(2, 1)).named_parameters())
list(nn.Sequential(nn.Linear(2, 1), nn.ReLU()).children()) | list(nn.Linear(2, 1).named_modules())
torch.zeros(2, 3).shape | torch.zeros(2, 3).size() | torch.zeros(2).dtype | torch.zeros(2).device
torch.zeros(2).type() | type(torch.zeros(2)) | type(p) | p.data | p.grad | p.is_leaf | [p, q]
{"a": torch.ones(1), "b": (torch.zeros(1),)} | torch.ones(2).numpy() | torch.ones(2).tolist()
torch.max(torch.tensor([[1.0, 2.0]]), 1) | torch.tensor([3.0, 1.0]).sort() | torch.ones(2).topk(1)
torch.tensor([[1.0, 2.0]]).min(dim=0) | torch.Tensor([1, 2]) | torch.LongTensor([1])
torch.tensor(1) | torch.FloatTensor | torch.float32 | torch.strided | torch.device("cpu")
torch.Size([1]) | torch.ones(2).stride() | torch.ones(2).layout | torch.ones(2).mode(0)
torch.ones(2).median(0) | torch.ones(3).kthvalue(2) | torch.ones(2).cummax(0)
torch.ones(2).unique(return_counts=True) | torch.ones(2, 2).aminmax()
torch.linalg.qr(torch.eye(2)) | torch.linalg.svd(torch.eye(1)) | torch.slogdet(torch.eye(2))
torch.utils.data.TensorDataset(torch.ones(2)).tensors | torch.Generator().device | torch.nn.Linear
torch.optim.SGD | torch.nn.Module | torch.Tensor | torch.nn.functional.relu
torch.autograd.Function | torch.no_grad | torch.utils.data.DataLoader
torch.randn(3).var_mean() if hasattr(torch.Tensor, "var_mean") else 0 | torch.zeros(3).bool()
nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])
nn.utils.rnn.pad_sequence([torch.ones(2)]) | nn.Linear(2, 3).weight.shape
nn.Linear(2, 3).training | nn.Linear(2, 3).extra_repr() | torch.distributions.Normal(0.0, 1.0)
torch.distributions.Categorical(torch.ones(2))
torch.distributions.Bernoulli(torch.tensor([0.5])) | torch.distributions.Uniform(0.0, 1.0)
"""


def calls(text: str) -> list[str]:
    """The calls of a text, one by one."""
    return [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]


def ones_in(module: Any) -> Any:
    """The module with ones in all its parameters."""
    for parameter in module.parameters():
        parameter.data.fill_(1)
    return module


def text_of(call: str, library: Any) -> str:
    """The text of what a call makes, or why there is none."""
    from collections import OrderedDict

    names = {"torch": library, "nn": library.nn, "F": library.nn.functional}
    names |= {"optim": library.optim, "ones_in": ones_in, "OrderedDict": OrderedDict}
    names |= {
        "p": library.nn.Parameter(library.zeros(2)),
        "q": library.nn.Parameter(library.ones(1)),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(eval(call, {**vars(library.nn), **names}))
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:90]}"


def untried(library: Any) -> set[str]:
    """The modules that no call is of."""
    base = library.nn.Module
    classes = {n for n, c in vars(library.nn).items() if inspect.isclass(c) and issubclass(c, base)}
    return {name for name in classes if f"{name}(" not in MODULES}


if __name__ == "__main__":
    import torch

    import lightgrad.torch as mine

    for title, text in (("modules", MODULES), ("others", OTHERS)):
        given = calls(text)
        found = [(call, text_of(call, mine), text_of(call, torch)) for call in given]
        for call, here, there in found:
            if here != there:
                print(f"{call}\n    {here}\n    {there}")
        print(f"{title}: {sum(a == b for _, a, b in found)} of {len(found)} agree\n")
    print("untried:", sorted(untried(torch)))
