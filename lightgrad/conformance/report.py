"""A report as one page of text, as JSON, and as an HTML file that needs nothing else."""

import html
import json
import platform
from typing import Any

import numpy as np

from lightgrad import __version__
from lightgrad.conformance.ladder import TITLES
from lightgrad.conformance.runner import FAILED, PASSED, PATHS, SKIPPED, Report

#: failures and kernels on the page; the files have all of them
FIRST = 8
COLUMNS = ("checks", PASSED, FAILED, SKIPPED, *PATHS)


def verdict(report: Report, level: int) -> str:
    """ "pass", "FAIL", or "no check ran", which is a failure too."""
    row = report.levels[level]
    if row[PASSED] + row[FAILED] == 0:
        return "no check ran"
    return "pass" if report.level_passed(level) else "FAIL"


def summary(report: Report) -> str:
    """The page for a terminal.

    >>> from lightgrad.conformance import run
    >>> print(summary(run("cpu", level=1)))
    conformance of cpu: passed, ...
    """
    ran = len(report.outcomes) - sum(o.status == SKIPPED for o in report.outcomes)
    asked = "the checks asked for" if report.chosen else f"levels 1 to {report.level}"
    lines = [
        f"conformance of {report.backend}: {report.verdict}, "
        f"{asked}, {ran} checks in {report.seconds:.1f} s",
        "",
        f"{'level':<61}" + "".join(f"{c:>8}" for c in COLUMNS),
    ]
    for n, row in report.levels.items():
        title = f"{n:2}  {TITLES[n]}"
        lines.append(
            f"{title:<61}" + "".join(f"{row[c]:>8}" for c in COLUMNS) + f"  {verdict(report, n)}"
        )
    lines += ["", "native, derived, host: ops of which a check passed, by their best path"]
    lines += _failures(report) + _skips(report) + _next(report)
    return "\n".join(lines)


def _failures(report: Report) -> list[str]:
    failures = report.failures
    if not failures:
        return []
    count: dict[str, int] = {}
    for o in failures:
        count[o.op] = count.get(o.op, 0) + 1
    named = ", ".join(f"{op} {n}" for op, n in list(count.items())[:20])
    lines = ["", f"failed checks by op: {named}{', ...' if len(count) > 20 else ''}"]
    if report.culprits:
        at_fault = ", ".join(f"{op} {n}" for op, n in report.culprits[:FIRST])
        lines.append(f"kernels at fault, by replaying what failed: {at_fault}")
    shown: set[str] = set()
    for o in failures:  # of each op the first
        if o.op not in shown and len(shown) < FIRST:
            shown.add(o.op)
            message = o.message if len(o.message) < 300 else o.message[:296] + " ..."
            lines += [f"  level {o.level}, {o.op}: {o.name}", f"      {message}"]
            lines += [f"      {report.reproducer(o)}"]
    return lines


def _skips(report: Report) -> list[str]:
    reasons: dict[str, int] = {}
    for o in report.outcomes:
        if o.status == SKIPPED:
            reasons[o.message] = reasons.get(o.message, 0) + 1
    lines = [f"  {n} times: {reason}" for reason, n in list(reasons.items())[:FIRST]]
    return ["", "skipped:", *lines] if lines else []


def _next(report: Report) -> list[str]:
    calls = report.next_kernels
    only = [op for op, row in report.ops.items() if row["path"] == "host"]
    if not calls:
        return ["", "nothing ran on the host"]
    listed = ", ".join(f"{op} ({n})" for op, n in calls[: 3 * FIRST])
    return [
        "",
        f"{len(only)} ops passed by host fallback alone; they are not supported by the device",
        f"kernels to write next, by calls: {listed}{', ...' if len(calls) > 3 * FIRST else ''}",
    ]


def as_dict(report: Report) -> dict[str, Any]:
    """Everything a report knows, in what JSON has."""
    return {
        "backend": report.backend,
        "device": report.device,
        "manifest": report.manifest,
        "passed": report.passed,
        "seconds": round(report.seconds, 3),
        "lightgrad": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "levels": [
            {"level": n, "title": TITLES[n], **row, "verdict": verdict(report, n)}
            for n, row in report.levels.items()
        ],
        "ops": report.ops,
        "host_calls": dict(report.next_kernels),
        "checks": [
            {
                "level": o.level,
                "op": o.op,
                "name": o.name,
                "status": o.status,
                "path": o.path,
                "seconds": round(o.seconds, 5),
                **({"message": o.message} if o.message else {}),
                **({"host": o.host} if o.host else {}),
                **({"culprit": o.culprit} if o.culprit else {}),
                **({"reproduce": report.reproducer(o)} if o.status == FAILED else {}),
            }
            for o in report.outcomes
        ],
    }


def as_json(report: Report) -> str:
    """The report as JSON text."""
    return json.dumps(as_dict(report), indent=1) + "\n"


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff }
table { border-collapse: collapse; margin: 1em 0 }
th, td { text-align: right; padding: .2em .8em; border-bottom: 1px solid #ddd }
th:first-child, td:first-child, td.text { text-align: left }
.passed, .native { color: #17692a } .failed, .none { color: #b00020; font-weight: 600 }
.derived { color: #1b4f9c } .host { color: #9a5b00 }
code { background: #f4f4f4; padding: 0 .2em }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 }
  th, td { border-color: #444 } code { background: #2a2a2a } .passed, .native { color: #6c6 }
  .failed, .none { color: #f77 } .derived { color: #8bf } .host { color: #fb6 } }
"""


def as_html(report: Report) -> str:
    """The report as a page without scripts or links."""
    facts = as_dict(report)
    head = f"Conformance of {report.backend}"
    word = report.verdict.lower()
    about = f"lightgrad {facts['lightgrad']}, NumPy {facts['numpy']}, Python {facts['python']}, "
    about += f"{facts['machine']}; {report.seconds:.1f} s. dtypes: "
    about += ", ".join(report.manifest["dtypes"])
    levels = [
        [f"{n}. {TITLES[n]}", *(row[c] for c in COLUMNS), verdict(report, n)]
        for n, row in report.levels.items()
    ]
    calls = dict(report.next_kernels)
    ops = [
        [op, row["path"], row[PASSED], row[FAILED], row[SKIPPED], calls.get(op, "")]
        for op, row in report.ops.items()
    ]
    failures = [[o.level, o.op, o.name, o.message, report.reproducer(o)] for o in report.failures]
    parts = [
        f"<h1>{_text(head)}: <span class='{word}'>{word}</span></h1><p>{_text(about)}</p>",
        _table(["level", *COLUMNS, ""], levels),
        "<p>native: a kernel of the device; derived: made of other ops; host: it ran on the CPU "
        "with a copy each way, and does not count as supported by the device.</p>",
        "<h2>Failures</h2>" if failures else "",
        _table(["level", "op", "check", "what is wrong", "alone"], failures) if failures else "",
        "<h2>Kernels to write next</h2>" if calls else "",
        _table(["op", "calls on the host"], list(calls.items())) if calls else "",
        "<h2>Ops</h2>",
        _table(["op", "path", PASSED, FAILED, SKIPPED, "calls on the host"], ops),
    ]
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{_text(head)}</title>"
        f"<style>{_STYLE}</style>{''.join(parts)}</html>\n"
    )


def _text(value: Any) -> str:
    return html.escape(str(value))


def _table(head: list[str], rows: Any) -> str:
    def cell(value: Any) -> str:
        known = (
            value if value in (*PATHS, "none") else {"pass": "passed", "FAIL": "failed"}.get(value)
        )
        kind = f" class='{known}'" if known else " class='text'" if isinstance(value, str) else ""
        return f"<td{kind}>{_text(value)}</td>"

    top = "".join(f"<th>{_text(h)}</th>" for h in head)
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"
