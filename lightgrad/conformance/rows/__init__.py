"""The op table: a row for every registered op, in files named like those of its rules.

The kit, the tests and the fuzzer draw from it.  Each family has a list ``ROWS`` and the
``LEVEL`` at which the kit calls its ops.

>>> sorted({row.family for row in rows_of("exp")})
['elementary']
"""

import pkgutil
from dataclasses import replace
from importlib import import_module

from lightgrad.conformance.row import Row


def _collected() -> list[Row]:
    rows: list[Row] = []
    for module in pkgutil.iter_modules(__path__):
        family = import_module(f"{__name__}.{module.name}")
        rows += (
            replace(row, family=module.name, level=row.level or family.LEVEL) for row in family.ROWS
        )
    return rows


ROWS = _collected()


def rows_of(op: str) -> list[Row]:
    """The rows of one op."""
    return [row for row in ROWS if row.op == op]
