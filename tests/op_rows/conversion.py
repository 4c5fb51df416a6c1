"""torch's casts, to float64 too, whatever the dtype is; and a view out of order.

Not every backend can tell that its elements do not lie in order.
"""

import torch

from lightgrad.conformance.row import row
from lightgrad.conformance.rows.shape import S, X
from lightgrad.conformance.samples import bools, ints

TORCH = {
    "cast": lambda t, dtype: t.to(getattr(torch, dtype)),
    "cast there and back": lambda t, dtype: t.to(getattr(torch, dtype)).to(t.dtype),
    "transfer to cpu": torch.clone,
}
MORE = [
    row("cast", (X, "float64"), (S, "float32"), smooth=False, loose=1e3),
    row("double", (5 * X,), (ints(0, 3, 4),), (bools(3),), grad=False),
    row("double", (X,), (S,), smooth=False),
    row(
        "is_contiguous",
        (X,),
        fn=lambda t: t.contiguous().permute(2, 0, 1).is_contiguous(),
        grad=False,
    ),
]
