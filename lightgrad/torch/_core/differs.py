"""What differs from PyTorch, by name: one table, for messages, ``--report`` and the documentation.

What a name does that is in no table here, it does as PyTorch's. A fact about a module or a class
is one about all names in it.
"""

from __future__ import annotations

from typing import NamedTuple

_NO_KERNELS = "lightgrad has no kernels of other libraries: write it with tensor operations"
_NO_COMPILER = "nothing is compiled: it runs as it stands"
_NO_SETTINGS = "nothing is compiled, so its settings change nothing"
_NOT_QUANTIZED = "there are no quantized tensors; use float16 or float32"
_NOT_CAPTURED = "calls are not recorded on a device; leave it out"

#: what is there, and does other than in PyTorch
DIFFERS: dict[str, str] = {
    "torch._dynamo": _NO_SETTINGS,
    "torch._inductor": _NO_SETTINGS,
    "torch.compile": _NO_COMPILER,
    "torch.jit.script": _NO_COMPILER,
    "torch.jit.trace": _NO_COMPILER,
    "torch.amp.autocast": "nothing is cast: float32 is computed in float32",
    "torch.cuda.amp.autocast": "nothing is cast: float32 is computed in float32",
    "torch.backends": "its switches are kept, and change nothing",
    "torch.distributed": "there is one process",
    "torch.profiler": "rows have the names of lightgrad's operations, and times of this device",
    "torch.autograd.profiler": "rows have the names of lightgrad's operations",
    "torch.compiler": _NO_COMPILER,
    "torch.sparse": "tensors are dense, so zeros take memory and time",
    "torch.sparse_coo_tensor": "the tensor is dense, so zeros take memory and time",
    "torch.Tensor.to_sparse": "the tensor stays dense, so zeros take memory and time",
}

#: what is there, and raises when it is used
RAISES: dict[str, str] = {
    "torch.ops": _NO_KERNELS,
    "torch.classes": _NO_KERNELS,
    "torch.utils.cpp_extension": _NO_KERNELS,
    "torch.hub": "keep the model's code beside the program, and load its file with torch.load",
    "torch.utils.model_zoo": "load a file of weights with torch.load",
    "torch.onnx": "there is no ONNX here",
    "torch.nested": "tensors have one shape; pad them, and use masks",
    "torch.fx": "there is no tracing of programs; hooks of modules see what passes through them",
    "torch.quantization": _NOT_QUANTIZED,
    "torch.ao": _NOT_QUANTIZED,
    "torch.nn.quantized": _NOT_QUANTIZED,
    "torch._C": "this is the inner part of PyTorch; use the public name",
    "torch.nn.parallel._functions": "all runs on one device",
    "torch.utils.mobile_optimizer": "modules run as they stand",
    "torch.utils.data.datapipes": "use a Dataset or an IterableDataset, and a DataLoader",
    **dict.fromkeys(
        (
            *("torchvision.ops.roi_align", "torchvision.ops.RoIAlign", "torchvision.ops.roi_pool"),
            *("torchvision.ops.RoIPool", "torchvision.ops.MultiScaleRoIAlign"),
            *("torchvision.ops.ps_roi_align", "torchvision.ops.ps_roi_pool"),
            *("torchvision.ops.deform_conv2d", "torchvision.ops.DeformConv2d"),
            *("torchvision.ops.FeaturePyramidNetwork", "torchvision.ops.feature_pyramid_network"),
        ),
        "write it with tensor operations",
    ),
    **dict.fromkeys(
        (
            *("torchvision.datasets.utils", "torchvision.datasets.EMNIST"),
            *("torchvision.datasets.SVHN", "torchvision.datasets.STL10"),
            *("torchvision.datasets.CelebA", "torchvision.datasets.LSUN"),
            *("torchvision.datasets.CocoDetection", "torchvision.datasets.VOCSegmentation"),
        ),
        "lay the files in folders, and read them with ImageFolder or a Dataset of your own",
    ),
    "torch.utils.data._utils": "this is the inner part of PyTorch; use the public name",
    "torchvision.models.detection": "there are no detectors; boxes are in torchvision.ops",
    "torchvision.models.feature_extraction": "hooks of modules see what passes through them",
    "torchvision.models.inception": "of the networks the residual ones, VGG and others are there",
    "torchvision.models.segmentation": "of the networks those for classification are there",
    "torchvision.models._utils": "hooks of modules see what passes through them",
}

#: what to use in place of names that are not there
INSTEAD: dict[str, str] = {
    "torch.export": "save the state_dict() with torch.save",
    "torch.package": "use torch.save, and Python's own packages for code",
    "torch.quantize_per_tensor": _NOT_QUANTIZED,
    "torch.cuda.CUDAGraph": _NOT_CAPTURED,
    "torch.cuda.graph": _NOT_CAPTURED,
    "torch.cuda.nvtx": "use light.ledger(), which counts and times operations",
    "torch.nn.attention.flex_attention": "use F.scaled_dot_product_attention with attn_mask=",
}

_TABLES = (("differs", DIFFERS), ("raises", RAISES), ("absent", INSTEAD))


class Fact(NamedTuple):
    """What is known of a name: what kind of fact, the name that it is about, and what to do."""

    kind: str
    name: str
    text: str


def fact(name: str) -> Fact | None:
    """What the tables know about a full name, or about what it is a part of.

    >>> fact("torch.hub.load").text
    "keep the model's code beside the program, and load its file with torch.load"
    >>> fact("torch.exp")
    """
    while name:
        for kind, table in _TABLES:
            if name in table:
                return Fact(kind, name, table[name])
        name = name.rpartition(".")[0]
    return None
