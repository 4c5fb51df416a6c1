"""A view whose elements do not lie in order, which not every backend can tell."""

from lightgrad.conformance.row import row
from lightgrad.conformance.rows.rearrange import X

MORE = [
    row(
        "is_contiguous",
        (X,),
        fn=lambda t: t.contiguous().permute(2, 0, 1).is_contiguous(),
        grad=False,
    )
]
