"""What the tests of ops cover: (op, dtype, layout, shape class, order, backend), one a line.

``python -m tests.coverage_set`` prints the set of the default and the slow run together;
``--default`` that of the default run; ``--against FILE`` says what a saved set has besides, and
fails if that is anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.backends import NAMES
from tests.grid import OPS, dtype_of, points, shape_class


def covered(slow: bool = True) -> set[str]:
    """The set, each element as a line."""
    return {" ".join(parts) for parts in _all(slow)}


def _all(slow: bool) -> Iterator[tuple[str, ...]]:
    for device in NAMES:
        for op in OPS:
            for rest in (False, True)[: 1 + slow]:
                for highest in (1, 2):
                    for point in points(op, device, highest, rest):
                        dtype = dtype_of(point.sample, point.dtype)
                        about = shape_class(point.sample)
                        for order in range(point.order + 1) if highest == 1 else (1, 2):
                            if order < 2 or point.row.gradgrad:
                                yield op, dtype, point.layout or "plain", about, str(order), device


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.coverage_set", description=__doc__)
    parser.add_argument("--default", action="store_true", help="without the slow run")
    parser.add_argument("--against", type=Path, metavar="FILE", help="a set that was printed once")
    args = parser.parse_args(argv)
    found = covered(not args.default)
    if args.against is None:
        print("\n".join(sorted(found)))
        return 0
    missing = set(args.against.read_text().splitlines()) - found
    print("\n".join(sorted(missing)))
    print(f"{len(found)} covered, {len(missing)} missing", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
