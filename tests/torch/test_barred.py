"""Modules that programs import and do not use, and the parts of torchvision.ops that are there."""

from __future__ import annotations

import pytest

import lightgrad.torch as torch
from lightgrad.errors import ShapeError
from lightgrad.torch import _utils
from lightgrad.torchvision import ops
from tests.helpers import python

USES = [
    ("from torch.fx import Proxy", "Proxy()"),
    ("from torch.fx import Proxy\nclass Own(Proxy): pass", "Own()"),
    ("import torch.ao.quantization.quantize_fx as q", "q.prepare_fx(1)"),
    ("from torch.nn.parallel._functions import Broadcast", "Broadcast.apply(1)"),
    ("from torch._C import Graph", "Graph()"),
    ("from torch.onnx import operators", "operators.shape_as_tensor(1)"),
    ("from torchvision.ops import roi_align", "roi_align(1, 2)"),
    ("from torch.utils.mobile_optimizer import optimize_for_mobile as o", "o(1)"),
]


def test_what_is_imported_raises_when_used() -> None:
    text = python(f"""
import re, lightgrad.torch as torch
from lightgrad.errors import UnsupportedError
torch.install()
for line, use in {USES!r}:
    found = {{}}
    exec(line, found)
    try:
        eval(use, found)
    except UnsupportedError as error:
        assert re.match(r"torch\\S* is not in lightgrad: ", str(error)), error
    else:
        print(use)
import torch._C
from torch.fx import Proxy
print(isinstance(1, Proxy), torch._C._jit_set_profiling_mode(False))
""")
    assert text == "False None"


def test_boxes() -> None:
    boxes = torch.tensor([[0.0, 0, 2, 2], [1, 0, 3, 2], [0, 0, 2, 2.1], [5, 5, 6, 7]])
    assert ops.box_area(boxes).tolist() == pytest.approx([4, 4, 4.2, 2])
    assert ops.box_iou(boxes[:1], boxes)[0].tolist() == pytest.approx([1, 1 / 3, 4 / 4.2, 0])
    assert ops.nms(boxes, torch.tensor([0.5, 0.6, 0.7, 0.1]), 0.5).tolist() == [2, 1, 3]
    apart = ops.batched_nms(
        boxes, torch.tensor([0.5, 0.6, 0.7, 0.1]), torch.tensor([0, 0, 1, 1]), 0.2
    )
    assert apart.tolist() == [2, 1, 3]
    assert ops.nms(boxes[:0], torch.zeros(0), 0.5).tolist() == []
    for way in ("xywh", "cxcywh"):
        there = ops.box_convert(boxes, "xyxy", way)
        torch.testing.assert_close(ops.box_convert(there, way, "xyxy"), boxes)
    with pytest.raises(ShapeError, match="boxes have shape"):
        ops.nms(boxes[0], torch.zeros(1), 0.5)


def test_layers_of_ops() -> None:
    torch.manual_seed(0)
    x = torch.randn(4, 3, 2, 2)
    frozen = ops.FrozenBatchNorm2d(3)
    frozen.running_mean.fill_(1), frozen.running_var.fill_(4)
    torch.testing.assert_close(frozen(x), (x - 1) / (4 + 1e-5) ** 0.5)
    kept = ops.stochastic_depth(torch.ones(500, 1), 0.25, "row")
    assert sorted(set(kept.flatten().tolist())) == pytest.approx([0, 4 / 3])
    p, y = torch.tensor([0.3]), torch.tensor([1.0])
    loss = ops.sigmoid_focal_loss(torch.logit(p), y)
    torch.testing.assert_close(loss, -0.25 * 0.7**2 * p.log())


def test_tensors_in_one_row() -> None:
    parts = [torch.arange(4.0).reshape(2, 2), torch.ones(3), torch.ones(2, dtype=torch.int64)]
    flat = _utils._flatten_dense_tensors(parts[:2])
    assert [t.tolist() for t in _utils._unflatten_dense_tensors(flat, parts[:2])] == [
        [[0, 1], [2, 3]],
        [1, 1, 1],
    ]
    groups = [[t.numel() for t in group] for group in _utils._take_tensors(parts, 20)]
    assert groups == [[4], [3], [2]]
