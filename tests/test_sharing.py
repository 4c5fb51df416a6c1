"""A gradient is replaced, and not written to, only where nobody else shows its memory."""

from __future__ import annotations

from typing import Any

from tests.helpers import leaf


def test_who_shows_a_gradient_sees_what_is_added(every_backend: Any) -> None:
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    shown, part = x.grad.detach(), x.grad[:1]
    (x * 3).sum().backward()
    assert x.grad.tolist() == shown.tolist() == [5, 5] and part.tolist() == [5]
    del part
    (x * 3).sum().backward()
    assert x.grad.tolist() == shown.tolist() == [8, 8]
