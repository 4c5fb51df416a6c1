"""A gradient is replaced, and not written to, only where nobody else shows its memory."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import no_grad
from tests.helpers import leaf


def test_who_shows_a_gradient_sees_what_is_added(every_backend: Any) -> None:
    """The count of references that tells so is measured, as it depends on Python."""
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    shown, part = x.grad.detach(), x.grad[:1]
    (x * 3).sum().backward()
    assert x.grad.tolist() == shown.tolist() == [5, 5] and part.tolist() == [5]
    del part
    (x * 3).sum().backward()
    assert x.grad.tolist() == shown.tolist() == [8, 8]


def test_a_storage_alone_counts_as_its_own() -> None:
    from lightgrad.autograd.opencl import tensor as module  # needs no device

    x = leaf([1.0])
    x._watched()
    assert module._sharing(x) == module._OWN
    with no_grad():
        other = x.detach()
    assert module._sharing(x) > module._OWN and other.tolist() == [1]
    del other
    assert module._sharing(x) == module._OWN
