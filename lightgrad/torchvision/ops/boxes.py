"""torchvision.ops.boxes: areas, overlaps and choices of boxes (x1, y1, x2, y2)."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.errors import ShapeError


def _checked(op: str, boxes: Any) -> Any:
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ShapeError(f"{op}: boxes have shape (N, 4), not {tuple(boxes.shape)}")
    return boxes


def box_area(boxes: Any) -> Any:
    """(x2 - x1) (y2 - y1) of each box.  Source: torchvision.ops.box_area.

    >>> box_area(torch.tensor([[0.0, 0.0, 2.0, 3.0]]))
    tensor([6.])
    """
    _checked("box_area", boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _overlap(one: Any, other: Any) -> tuple[Any, Any]:
    """Areas of the intersections and of the unions, (N, M)."""
    low = torch.max(one[:, None, :2], other[:, :2])
    size = (torch.min(one[:, None, 2:], other[:, 2:]) - low).clamp(min=0)
    inner = size[:, :, 0] * size[:, :, 1]
    return inner, box_area(one)[:, None] + box_area(other) - inner


def box_iou(boxes1: Any, boxes2: Any) -> Any:
    """Intersection over union of each pair, (N, M).  Source: torchvision.ops.box_iou.

    >>> box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]]))
    tensor([[0.3333]])
    """
    inner, union = _overlap(boxes1, boxes2)
    return inner / union


def generalized_box_iou(boxes1: Any, boxes2: Any) -> Any:
    """`box_iou` less the share of the hull that is outside the union.

    Source: torchvision.ops.generalized_box_iou; Rezatofighi et al. (2019).

    >>> generalized_box_iou(torch.tensor([[0.0, 0, 1, 1]]), torch.tensor([[1.0, 0, 3, 1]]))
    tensor([[0.]])
    """
    inner, union = _overlap(boxes1, boxes2)
    low = torch.min(boxes1[:, None, :2], boxes2[:, :2])
    size = (torch.max(boxes1[:, None, 2:], boxes2[:, 2:]) - low).clamp(min=0)
    hull = size[:, :, 0] * size[:, :, 1]
    return inner / union - (hull - union) / hull


def box_convert(boxes: Any, in_fmt: str, out_fmt: str) -> Any:
    """Boxes in another of the formats "xyxy", "xywh" and "cxcywh".

    Source: torchvision.ops.box_convert.

    >>> box_convert(torch.tensor([[1.0, 1.0, 3.0, 5.0]]), "xyxy", "cxcywh")
    tensor([[2., 3., 2., 4.]])
    """
    known = ("xyxy", "xywh", "cxcywh")
    if in_fmt not in known or out_fmt not in known:
        raise ValueError(f"box_convert: formats are {known}, not {in_fmt!r} and {out_fmt!r}")
    if in_fmt == out_fmt:
        return boxes.clone()
    a, b, c, d = boxes.unbind(-1)
    if in_fmt == "xywh":
        c, d = a + c, b + d
    elif in_fmt == "cxcywh":
        a, b, c, d = a - 0.5 * c, b - 0.5 * d, a + 0.5 * c, b + 0.5 * d
    if out_fmt == "xywh":
        c, d = c - a, d - b
    elif out_fmt == "cxcywh":
        a, b, c, d = (a + c) / 2, (b + d) / 2, c - a, d - b
    return torch.stack((a, b, c, d), dim=-1)


def clip_boxes_to_image(boxes: Any, size: tuple[int, int]) -> Any:
    """Boxes cut off at the edges of an image (height, width).

    Source: torchvision.ops.clip_boxes_to_image.

    >>> clip_boxes_to_image(torch.tensor([[-1.0, 2.0, 9.0, 9.0]]), (5, 7))
    tensor([[0., 2., 7., 5.]])
    """
    height, width = size
    x, y = boxes[..., 0::2].clamp(0, width), boxes[..., 1::2].clamp(0, height)
    return torch.stack((x, y), dim=boxes.dim()).reshape(boxes.shape)


def remove_small_boxes(boxes: Any, min_size: float) -> Any:
    """Indices of the boxes with both sides at least ``min_size``.

    Source: torchvision.ops.remove_small_boxes.

    >>> remove_small_boxes(torch.tensor([[0.0, 0, 1, 1], [0, 0, 3, 3]]), 2)
    tensor([1])
    """
    wide = boxes[:, 2] - boxes[:, 0] >= min_size
    high = boxes[:, 3] - boxes[:, 1] >= min_size
    return torch.where(wide & high)[0]


def nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Indices of the boxes that no better one overlaps by more than a threshold, best first.

    Source: torchvision.ops.nms.

    >>> boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 1.8], [5, 5, 6, 6]])
    >>> nms(boxes, torch.tensor([0.5, 0.9, 0.3]), 0.5)
    tensor([1, 2])
    """
    _checked("nms", boxes)
    if tuple(scores.shape) != (boxes.shape[0],):
        raise ShapeError(f"nms: {boxes.shape[0]} boxes need as many scores, not {scores.shape}")
    order = scores.detach().argsort(descending=True, stable=True)
    over = box_iou(boxes.detach(), boxes.detach()).gt(iou_threshold)[order][:, order].cpu().numpy()
    keep: list[int] = []
    for i in range(len(over)):
        if not over[i, keep].any():
            keep.append(i)
    return order[torch.tensor(keep, dtype=torch.int64, device=boxes.device)]


def batched_nms(boxes: Any, scores: Any, idxs: Any, iou_threshold: float) -> Any:
    """`nms` within the boxes of each category ``idxs``.  Source: torchvision.ops.batched_nms.

    >>> boxes, scores = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2]]), torch.tensor([0.5, 0.9])
    >>> batched_nms(boxes, scores, torch.tensor([0, 1]), 0.5)
    tensor([1, 0])
    """
    if boxes.numel() == 0:
        return torch.empty((0,), dtype=torch.int64, device=boxes.device)
    apart = idxs.to(boxes) * (boxes.max() + 1)  # no two categories overlap then
    return nms(boxes + apart[:, None], scores, iou_threshold)
