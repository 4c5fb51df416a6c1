"""torch.nn.functional's names: tensor methods as functions, and what is made of them.

``F.conv2d(x, weight)`` is ``x.conv2d(weight)``; the arguments are the method's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lightgrad.autograd import namespace
from lightgrad.autograd.namespace import adaptive_avg_pool1d as adaptive_avg_pool1d
from lightgrad.autograd.namespace import adaptive_avg_pool2d as adaptive_avg_pool2d
from lightgrad.autograd.namespace import adaptive_avg_pool3d as adaptive_avg_pool3d
from lightgrad.autograd.namespace import adaptive_max_pool1d as adaptive_max_pool1d
from lightgrad.autograd.namespace import adaptive_max_pool2d as adaptive_max_pool2d
from lightgrad.autograd.namespace import adaptive_max_pool3d as adaptive_max_pool3d
from lightgrad.autograd.namespace import affine_grid as affine_grid
from lightgrad.autograd.namespace import alpha_dropout as alpha_dropout
from lightgrad.autograd.namespace import avg_pool1d as avg_pool1d
from lightgrad.autograd.namespace import avg_pool2d as avg_pool2d
from lightgrad.autograd.namespace import avg_pool3d as avg_pool3d
from lightgrad.autograd.namespace import batch_norm as batch_norm
from lightgrad.autograd.namespace import bilinear as bilinear
from lightgrad.autograd.namespace import channel_shuffle as channel_shuffle
from lightgrad.autograd.namespace import conv1d as conv1d
from lightgrad.autograd.namespace import conv2d as conv2d
from lightgrad.autograd.namespace import conv3d as conv3d
from lightgrad.autograd.namespace import conv_transpose1d as conv_transpose1d
from lightgrad.autograd.namespace import conv_transpose2d as conv_transpose2d
from lightgrad.autograd.namespace import conv_transpose3d as conv_transpose3d
from lightgrad.autograd.namespace import cosine_similarity as cosine_similarity
from lightgrad.autograd.namespace import ctc_loss as ctc_loss
from lightgrad.autograd.namespace import dropout as dropout
from lightgrad.autograd.namespace import dropout1d as dropout1d
from lightgrad.autograd.namespace import dropout2d as dropout2d
from lightgrad.autograd.namespace import dropout3d as dropout3d
from lightgrad.autograd.namespace import feature_alpha_dropout as feature_alpha_dropout
from lightgrad.autograd.namespace import gaussian_nll_loss as gaussian_nll_loss
from lightgrad.autograd.namespace import gelu as gelu
from lightgrad.autograd.namespace import glu as glu
from lightgrad.autograd.namespace import grid_sample as grid_sample
from lightgrad.autograd.namespace import group_norm as group_norm
from lightgrad.autograd.namespace import gumbel_softmax as gumbel_softmax
from lightgrad.autograd.namespace import hardshrink as hardshrink
from lightgrad.autograd.namespace import huber_loss as huber_loss
from lightgrad.autograd.namespace import instance_norm as instance_norm
from lightgrad.autograd.namespace import interpolate as interpolate
from lightgrad.autograd.namespace import layer_norm as layer_norm
from lightgrad.autograd.namespace import linear as linear
from lightgrad.autograd.namespace import local_response_norm as local_response_norm
from lightgrad.autograd.namespace import logsigmoid as logsigmoid
from lightgrad.autograd.namespace import lp_pool1d as lp_pool1d
from lightgrad.autograd.namespace import lp_pool2d as lp_pool2d
from lightgrad.autograd.namespace import lp_pool3d as lp_pool3d
from lightgrad.autograd.namespace import max_pool1d as max_pool1d
from lightgrad.autograd.namespace import max_pool2d as max_pool2d
from lightgrad.autograd.namespace import max_pool3d as max_pool3d
from lightgrad.autograd.namespace import max_unpool1d as max_unpool1d
from lightgrad.autograd.namespace import max_unpool2d as max_unpool2d
from lightgrad.autograd.namespace import max_unpool3d as max_unpool3d
from lightgrad.autograd.namespace import normalize as normalize
from lightgrad.autograd.namespace import one_hot as one_hot
from lightgrad.autograd.namespace import pad as pad
from lightgrad.autograd.namespace import pairwise_distance as pairwise_distance
from lightgrad.autograd.namespace import pdist as pdist
from lightgrad.autograd.namespace import pixel_shuffle as pixel_shuffle
from lightgrad.autograd.namespace import pixel_unshuffle as pixel_unshuffle
from lightgrad.autograd.namespace import prelu as prelu
from lightgrad.autograd.namespace import rms_norm as rms_norm
from lightgrad.autograd.namespace import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from lightgrad.autograd.namespace import sigmoid as sigmoid
from lightgrad.autograd.namespace import softplus as softplus
from lightgrad.autograd.namespace import softshrink as softshrink
from lightgrad.autograd.namespace import softsign as softsign
from lightgrad.autograd.namespace import tanh as tanh
from lightgrad.autograd.namespace import tanhshrink as tanhshrink
from lightgrad.autograd.namespace import (
    triplet_margin_with_distance_loss as triplet_margin_with_distance_loss,
)
from lightgrad.hints import lookup
from lightgrad.nn.attention_forward import (
    multi_head_attention_forward as multi_head_attention_forward,
)
from lightgrad.nn.lookup import embedding as embedding
from lightgrad.nn.lookup import embedding_bag as embedding_bag
from lightgrad.nn.spellings import (
    deprecated_size,
    in_place,
    named,
    with_averages,
    with_dim,
    with_indices,
    with_inplace,
)

# those that torch can also compute in place
celu = with_inplace(namespace.celu)
elu = with_inplace(namespace.elu)
hardsigmoid = with_inplace(namespace.hardsigmoid)
hardswish = with_inplace(namespace.hardswish)
hardtanh = with_inplace(namespace.hardtanh)
leaky_relu = with_inplace(namespace.leaky_relu)
mish = with_inplace(namespace.mish)
relu = with_inplace(namespace.relu)
relu6 = with_inplace(namespace.relu6)
rrelu = with_inplace(namespace.rrelu)
selu = with_inplace(namespace.selu)
silu = with_inplace(namespace.silu)
threshold = with_inplace(namespace.threshold)
celu_ = in_place(namespace.celu)
elu_ = in_place(namespace.elu)
hardtanh_ = in_place(namespace.hardtanh)
leaky_relu_ = in_place(namespace.leaky_relu)
relu_ = in_place(namespace.relu)
rrelu_ = in_place(namespace.rrelu)
selu_ = in_place(namespace.selu)
threshold_ = in_place(namespace.threshold)

# losses: where torch has size_average and reduce among their arguments
binary_cross_entropy = with_averages(namespace.binary_cross_entropy, 3, 4)
binary_cross_entropy_with_logits = with_averages(namespace.binary_cross_entropy_with_logits, 3, 4)
cosine_embedding_loss = with_averages(namespace.cosine_embedding_loss, 4, 5)
cross_entropy = with_averages(namespace.cross_entropy, 3, 5)
hinge_embedding_loss = with_averages(namespace.hinge_embedding_loss, 3, 4)
kl_div = with_averages(namespace.kl_div, 2, 3)
l1_loss = with_averages(namespace.l1_loss, 2, 3, True)
margin_ranking_loss = with_averages(namespace.margin_ranking_loss, 4, 5)
mse_loss = with_averages(namespace.mse_loss, 2, 3, True)
multi_margin_loss = with_averages(namespace.multi_margin_loss, 5, 6)
multilabel_margin_loss = with_averages(namespace.multilabel_margin_loss, 2, 3)
multilabel_soft_margin_loss = with_averages(namespace.multilabel_soft_margin_loss, 3, 4)
nll_loss = with_averages(namespace.nll_loss, 3, 5)
poisson_nll_loss = with_averages(namespace.poisson_nll_loss, 4, 6)
smooth_l1_loss = with_averages(namespace.smooth_l1_loss, 2, 3, True)
soft_margin_loss = with_averages(namespace.soft_margin_loss, 2, 3)
triplet_margin_loss = with_averages(namespace.triplet_margin_loss, 7, 8)

log_softmax = with_dim(namespace.log_softmax)
softmax = with_dim(namespace.softmax)
softmin = with_dim(namespace.softmin)

# names of torch for ops that have another one
fold = named(namespace.col2im, "fold")
unfold = named(namespace.im2col, "unfold")
upsample = deprecated_size(namespace.interpolate, "upsample")
upsample_bilinear = deprecated_size(
    namespace.interpolate, "upsample_bilinear", mode="bilinear", align_corners=True
)
upsample_nearest = deprecated_size(namespace.interpolate, "upsample_nearest", mode="nearest")
adaptive_max_pool1d_with_indices = with_indices(
    namespace.adaptive_max_pool1d, "adaptive_max_pool1d_with_indices"
)
adaptive_max_pool2d_with_indices = with_indices(
    namespace.adaptive_max_pool2d, "adaptive_max_pool2d_with_indices"
)
adaptive_max_pool3d_with_indices = with_indices(
    namespace.adaptive_max_pool3d, "adaptive_max_pool3d_with_indices"
)
max_pool1d_with_indices = with_indices(namespace.max_pool1d, "max_pool1d_with_indices")
max_pool2d_with_indices = with_indices(namespace.max_pool2d, "max_pool2d_with_indices")
max_pool3d_with_indices = with_indices(namespace.max_pool3d, "max_pool3d_with_indices")

#: where the functions are defined: those of ops, and what is made here or for here
_HOMES = ("lightgrad", __name__, "lightgrad.nn.lookup", "lightgrad.nn.attention_forward")

__all__ = [
    name
    for name, value in globals().items()
    if name[0] != "_" and getattr(value, "__module__", None) in _HOMES
]

if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
