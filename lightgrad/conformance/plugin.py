"""The options of ``pytest --pyargs lightgrad.conformance --backend package:Class``.

Installed as a pytest plugin; where lightgrad is on the path only, add
``-p lightgrad.conformance.plugin``.
"""

from typing import Any


def pytest_load_initial_conftests(early_config: Any, parser: Any, args: list[str]) -> None:
    """Add the options, in the runs that ask for the kit: other suites have a --backend too."""
    if any("lightgrad.conformance" in a or "lightgrad/conformance" in a for a in args):
        group = parser.getgroup("lightgrad conformance")
        group.addoption("--backend", default="cpu", help="package.module:Class or a name")
        group.addoption(
            "--level", type=int, default=10, choices=range(1, 11), help="climb up to this level"
        )
