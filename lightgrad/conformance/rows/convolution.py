"""Rows of convolution."""

from functools import partial
from typing import Any

from lightgrad.conformance.row import Fault, call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 4
X1, X2, X3 = normal(2, 4, 9), normal(2, 4, 6, 5), normal(1, 2, 4, 3, 5)
W1, W2 = normal(3, 4, 3), normal(3, 4, 3, 2)
#: stride, padding, dilation, groups
PLAIN, APART = ((1, 1), (0, 0), (1, 1), 1), ((1, 2), (2, 1), (2, 1), 4)
primitive = partial(row, loose=5.0)
conv = partial(primitive, kernels=["convolution", "convolution_input", "convolution_weight"])


def _faults(x: Any, w: Any) -> list[Fault]:
    n = x.ndim - 2
    return [
        fault("channels", x, w[:, :1]),
        fault("bias must have shape", x, w, normal(5)),
        fault("does not fit", x, normal(3, 4, *(40,) * n)),
        fault("groups must be a positive divisor", x, w, groups=5),
        fault("stride must be at least 1", x, w, stride=0),
        fault("stride must be an int or", x, w, stride=(1,) * (n + 1)),
        wrong("one floating dtype", ints(0, 3, *x.shape), w),
        fault("expected an input", normal(3), w),
    ]


ROWS = [
    conv(
        "conv1d",
        (X1, W1, normal(3)),
        call(X1, normal(6, 2, 2), normal(6), stride=2, padding=1, dilation=2, groups=2),
        call(X1, normal(3, 4, 4), padding="same"),
        call(X1[0], W1, normal(3), padding="valid"),
        (X1[:0], W1, normal(3)),
        faults=_faults(X1, W1),
    ),
    conv(
        "conv2d",
        (X2, W2, normal(3)),
        (X2, normal(3, 4, 1, 1), normal(3)),
        (X2, normal(4, 1, 3, 3), None, (1, 2), (2, 1), (2, 1), 4),
        call(X2, normal(6, 2, 3, 3), normal(6), stride=2, padding=1, groups=2),
        call(X2, normal(2, 4, 2, 3), padding="same"),
        (X2[0], normal(3, 4, 3, 3), normal(3)),
        faults=[
            *_faults(X2, W2),
            fault("needs stride 1", X2, normal(3, 4, 3, 3), stride=2, padding="same"),
        ],
    ),
    conv(
        "conv3d",
        (X3, normal(3, 2, 2, 2, 3), normal(3)),
        call(X3, normal(2, 1, 2, 2, 2), normal(2), stride=(2, 1, 2), padding=1, groups=2),
    ),
    conv(
        "conv_transpose1d",
        (X1, normal(4, 3, 3), normal(3)),
        (X1, normal(4, 2, 3), normal(4), 2, 1, 1, 2, 2),
        (X1[0], normal(4, 3, 2)),
        faults=[
            fault("channels", X1, normal(3, 4, 3)),
            fault("must be smaller than", X1, normal(4, 3, 3), output_padding=1),
            fault("would have the sizes", X1, normal(4, 3, 2), padding=9),
        ],
    ),
    conv(
        "conv_transpose2d",
        (X2, normal(4, 3, 3, 2), normal(3)),
        call(X2, normal(4, 1, 2, 3), normal(2), stride=2, output_padding=1, groups=2),
        # an output_padding that only the dilation allows: the adjoint must crop
        (X2, normal(4, 2, 2, 2), None, 1, 0, 1, 1, 2),
    ),
    conv("conv_transpose3d", call(X3, normal(2, 1, 2, 2, 2), normal(1), stride=(1, 2, 1))),
    # the three primitives; sizes that no stride decides are given
    primitive("convolution", (X2, W2, normal(3), PLAIN), (X2, normal(4, 1, 3, 3), None, APART)),
    primitive(
        "convolution_input",
        (normal(2, 3, 4, 4), W2, (2, 4, 6, 5), PLAIN),
        (normal(2, 4, 6, 3), normal(4, 1, 3, 3), (2, 4, 6, 5), APART),
    ),
    primitive(
        "convolution_weight",
        (X2, normal(2, 3, 4, 4), (3, 4, 3, 2), PLAIN),
        (X2, normal(2, 4, 6, 3), (4, 1, 3, 3), APART),
    ),
]
