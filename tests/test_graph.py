"""Pictures of graphs: what is in a box, and what is merged."""

from __future__ import annotations

import gc
import re
import weakref
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn
from lightgrad.autograd import AbstractTensor
from tests.graph_modules import CNN, MINUS, TIMES, cnn_loss, number, product


class Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.i, self.h = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x: Any, h: Any) -> Any:
        return (self.i(x) + self.h(h)).tanh()


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = Cell()

    def forward(self, xs: Any) -> Any:
        h = light.zeros(2, 4, requires_grad=False)
        for x in xs:
            h = self.cell(x, h)
        return h


def titles(picture: Any) -> list[str]:
    return re.findall(r"<B>(.*?)</B>", picture.dot())


def edges(picture: Any) -> set[tuple[int, int]]:
    number_of = {box: i for i, box in enumerate(picture.boxes)}
    return {(number_of[s], i) for box, i in number_of.items() for s in box.inputs}


def test_boxes_have_operation_name_value_and_gradient() -> None:
    _, kept, out = product()
    picture = light.graph(out, retain_grad=True)
    assert [box.gradient for box in picture.boxes] == [None] * 7
    out.backward()
    assert [(b.name, b.op, b.value) for b in picture.boxes] == [
        ("a", "", 2.0),
        ("b", "", -3.0),
        ("c", "", 10.0),
        ("f", "", -2.0),
        ("e", TIMES, -6.0),
        ("d", "+", 4.0),
        ("L", TIMES, -8.0),
    ]
    assert [b.gradient.item() for b in picture.boxes] == [6.0, -4.0, -2.0, 4.0, -2.0, -2.0, 1.0]
    assert edges(picture) == {(0, 4), (1, 4), (4, 5), (2, 5), (5, 6), (3, 6)}
    assert [t._grad for t in kept] == [None, None]  # the picture has them, not the tensors


def test_a_retained_gradient_is_shown_and_others_are_not() -> None:
    _, (e, _d), out = product()
    e.retain_grad()
    picture = light.graph(out)
    out.backward()
    found = [b.gradient for b in picture.boxes]
    assert [g if g is None else g.item() for g in found] == [6.0, -4.0, -2.0, 4.0, -2.0, None, None]


def test_gradients_of_several_backward_calls_add_up() -> None:
    a = number(3.0)
    y = a * a
    picture = light.graph(y, retain_grad=True)
    y.backward(retain_graph=True)
    y.backward()
    assert [b.gradient.item() for b in picture.boxes] == [12.0, 2.0]


def test_a_tensor_used_twice_has_two_arrows() -> None:
    a = number(3.0, "a")
    picture = light.graph(a + a)
    assert picture.dot().count("n0 -> n1;") == 2
    assert picture.mermaid().count("n0 --> n1") == 2


def test_constants_are_part_of_the_operation() -> None:
    a = number(4.0, "a")
    with light.keep_values():
        y = ((a * 3 - 2) ** 2 + 0.5) / 4
        z = 10 / y
    assert titles(light.graph(z)) == [
        "a",
        f"{TIMES} 3",
        f"{MINUS} 2",
        "^ 2",
        "+ 0.5",
        "\N{DIVISION SIGN} 4",
        "10 \N{DIVISION SIGN}",
    ]
    assert [b.value for b in light.graph(z).boxes] == [
        4.0,
        12.0,
        10.0,
        100.0,
        100.5,
        25.125,
        10 / 25.125,
    ]


def test_values_that_nothing_holds_need_keep_values() -> None:
    a = number(1.0)
    y = a + 1 + a
    assert [b.value for b in light.graph(y).boxes] == [1.0, None, 3.0]
    with light.keep_values(), light.keep_values():
        y = a + 1 + a
    assert [b.value for b in light.graph(y).boxes] == [1.0, 2.0, 3.0]


def test_keep_values_survives_changes_in_place_and_leaves_no_trace() -> None:
    slot = AbstractTensor.__dict__["_edge"]
    a = number(-4.0)
    with light.keep_values():
        c = a + 2
        c += c + 1
    assert AbstractTensor.__dict__["_edge"] is slot
    assert [b.value for b in light.graph(c).boxes] == [-4.0, -2.0, -1.0, -3.0]
    with pytest.raises(ZeroDivisionError), light.keep_values():
        raise ZeroDivisionError
    assert AbstractTensor.__dict__["_edge"] is slot


def test_a_picture_keeps_no_graph_alive() -> None:
    a = number(2.0)
    with light.keep_values():
        y = (a * a).sin()
    node = weakref.ref(y.grad_fn)
    picture = light.graph(y, retain_grad=True)
    y.backward(retain_graph=True)
    del y
    gc.collect()
    assert node() is None
    assert picture.boxes[-1].value == pytest.approx(np.sin(4.0), rel=1e-15)
    assert picture.boxes[1].gradient.item() == pytest.approx(np.cos(4.0), rel=1e-15)


def test_shapes_and_norms_of_larger_tensors() -> None:
    w = light.full((3, 4), 0.5, requires_grad=True)
    w.name = "w"
    loss = (w * 2).sum()
    picture = light.graph(loss)
    loss.backward()
    text = picture.dot()
    assert f"3 {TIMES} 4" in text and "value 12" in text
    assert f"|grad| {(12 * 4) ** 0.5:.5g}" in text  # twelve times a gradient of 2
    assert picture.direction == "TB"


def test_modules_of_the_cnn_are_one_box_each() -> None:
    model = CNN()
    loss = cnn_loss(model)
    picture = light.graph(loss, model)
    assert titles(picture) == [
        "images",
        "c1: Conv2d",
        "max_pool",
        "relu",
        "c2: Conv2d",
        "max_pool",
        "relu",
        "reshape",
        "l1: Linear",
        "cross_entropy",
    ]
    assert edges(picture) == {(i, i + 1) for i in range(9)}
    assert [b.shape for b in picture.boxes][:3] == [(4, 1, 28, 28), (4, 8, 26, 26), (4, 8, 13, 13)]
    loss.backward()
    norm = float(np.linalg.norm(model.l1.bias.grad.numpy()))
    shown = float(re.search(r"bias 10</FONT><FONT[^>]*> \|grad\| ([\d.]+)", picture.dot()).group(1))
    assert shown == pytest.approx(norm, rel=1e-4)


def test_without_modules_every_parameter_has_a_box() -> None:
    model = CNN()
    picture = light.graph(cnn_loss(model))
    assert len(picture.boxes) == 16  # 9 operations, 6 parameters, the images
    assert titles(picture).count("weight") == 3


def test_each_call_of_a_module_is_a_box() -> None:
    model = Recurrent()
    y = model([light.ones(2, 3, requires_grad=False)] * 3).sum()
    inner = light.graph(y, model)
    assert [t for t in titles(inner) if ":" in t] == ["cell.i: Linear", "cell.h: Linear"] * 3
    outer = light.graph(y, model, depth=1)
    assert [t for t in titles(outer) if ":" in t] == ["cell: Cell"] * 3
    calls = [b for b in outer.boxes if b.kind == "module"]
    assert [b.detail for b in calls] == [
        " \N{RIGHTWARDS ARROW} ".join(["linear", "linear", "+"])
    ] * 3
    assert repr(outer) == "<graph of 9 boxes: 3 module calls, sum and tanh>"


def test_what_lies_between_belongs_to_the_call() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = light.ones(3), light.ones(3)

        def forward(self, x: Any) -> Any:
            return (x * self.a).sin().exp() * self.b

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.inner, self.b = light.ones(3), Scaled(), light.ones(3)

        def forward(self, x: Any) -> Any:
            return self.inner(x * self.a) + self.b

    x = light.ones(3)
    picture = light.graph(Scaled()(x).sum(), None)
    assert len(picture.boxes) == 8
    model = Scaled()
    picture = light.graph(model(x).sum(), model)
    assert titles(picture) == ["leaf", "Scaled", "sum"]
    arrow = " \N{RIGHTWARDS ARROW} "
    assert picture.boxes[1].detail == arrow.join([TIMES, "sin", "exp", TIMES])
    # another module in between: two boxes, or the arrows would run in a circle
    around = Around()
    picture = light.graph(around(x), around)
    assert titles(picture) == ["leaf", "Around", "inner: Scaled", "Around"]
    assert edges(picture) == {(0, 1), (1, 2), (2, 3)}


def long_chain(steps: int) -> Any:
    y = light.tensor(1.0)
    for _ in range(steps):
        y = y.sin() + 1
    return y


def test_ten_thousand_nodes_become_a_summary() -> None:
    picture = light.graph(long_chain(5000))
    summary = picture.summary
    assert (summary.nodes, summary.leaves, summary.depth) == (10_001, 1, 10_000)
    assert summary.ops == {"sin": 5000, "+": 5000}
    assert picture.boxes == [] and repr(picture) == "<graph of 10,001 nodes: a summary>"
    for text in (picture.dot(), picture.mermaid(), picture.html()):
        assert "10,001" in text and "10,000" in text and text.count("5,000") == 2
    assert len(light.graph(long_chain(5), max_nodes=11).boxes) == 11
    assert light.graph(long_chain(5), max_nodes=10).boxes == []


def test_many_operations_in_few_calls_are_drawn() -> None:
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(20)))
    y = model(light.ones(1, 2, requires_grad=False))
    picture = light.graph(y, model, max_nodes=21)
    assert picture.summary.nodes == 60 and len(picture.boxes) == 21


def test_other_backends_are_drawn() -> None:
    class Plain(light.CpuTensor):
        @staticmethod
        def from_numpy(a: Any, requires_grad: bool = True) -> Any:
            return Plain(a.copy(), requires_grad)

    x = Plain.from_numpy(np.array([3.0, 4.0]))
    x.name = "x"
    y = x.sum()
    picture = light.graph(y)
    y.backward()
    assert [(b.name, b.op, b.value) for b in picture.boxes] == [("x", "", None), ("", "sum", 7.0)]
    assert f"|grad| {2**0.5:.5g}" in picture.dot()
