"""torchvision.ops: boxes, and layers and losses of networks."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torchvision.ops import boxes as boxes
from lightgrad.torchvision.ops import misc as misc
from lightgrad.torchvision.ops.boxes import batched_nms as batched_nms
from lightgrad.torchvision.ops.boxes import box_area as box_area
from lightgrad.torchvision.ops.boxes import box_convert as box_convert
from lightgrad.torchvision.ops.boxes import box_iou as box_iou
from lightgrad.torchvision.ops.boxes import clip_boxes_to_image as clip_boxes_to_image
from lightgrad.torchvision.ops.boxes import generalized_box_iou as generalized_box_iou
from lightgrad.torchvision.ops.boxes import nms as nms
from lightgrad.torchvision.ops.boxes import remove_small_boxes as remove_small_boxes
from lightgrad.torchvision.ops.misc import Conv2dNormActivation as Conv2dNormActivation
from lightgrad.torchvision.ops.misc import FrozenBatchNorm2d as FrozenBatchNorm2d
from lightgrad.torchvision.ops.misc import SqueezeExcitation as SqueezeExcitation
from lightgrad.torchvision.ops.misc import StochasticDepth as StochasticDepth
from lightgrad.torchvision.ops.misc import sigmoid_focal_loss as sigmoid_focal_loss
from lightgrad.torchvision.ops.misc import stochastic_depth as stochastic_depth

__getattr__ = _lookup(__name__)
