"""torch's ways to write parts into a tensor."""

from typing import Any


def _placed(t: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    return t.put(index, source, accumulate)


TORCH = {"placed": _placed}
