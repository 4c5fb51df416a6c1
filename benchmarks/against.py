"""``--against PATH``: this lightgrad beside another checkout of it, and beside itself.

Three processes run the same case in turns: this version, the other, and this version once more.
The last is the control: as far as its ratio is from 1, differences are noise.
Where Python's objects lie in memory differs from process to process, and makes some of them
faster for as long as they live; so all three are started anew several times.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import cases, report, runner

NEW, OLD, CONTROL = "new", "old", "control"
#: "not slower" is said if the interval of new over old reaches down to this
NOT_SLOWER = 1.02
#: nothing is said if the control's interval is wider than this, or one that would acquit
USELESS = 0.25
UNDECIDED = "undecided"
#: how often the processes are started, and the blocks of each by default, over all starts
STARTS, REPEATS = 5, 30
#: samples that a bootstrap draws
SAMPLES = 2000

#: start by start, block by block: seconds per step
Times = Sequence[Sequence[float]]


class NotACheckout(Exception):
    """The path holds no lightgrad."""


@dataclass(frozen=True)
class Row:
    """One case; ratios are this version's median over the other's, with a 95% interval."""

    case: str
    new: float | None = None
    old: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    control_ratio: float | None = None
    control_low: float | None = None
    control_high: float | None = None
    verdict: str = ""
    note: str = ""


def checked(path: str) -> Path:
    """The folder of a checkout, or an error that says what it lacks."""
    root = Path(path).expanduser().resolve()
    if not root.is_dir():
        raise NotACheckout(f"--against {path}: there is no such folder")
    if not (root / "lightgrad" / "__init__.py").is_file():
        raise NotACheckout(
            f"--against {path}: not a checkout of lightgrad, there is no lightgrad/__init__.py in "
            "it; give the folder in which the folder lightgrad lies"
        )
    return root


def ratio(ours: Times, theirs: Times) -> tuple[float, float, float]:
    """Ratio of medians and its 95% interval, by a bootstrap of starts and of blocks in each.

    A block of one and the block of the other that ran next to it are drawn together.

    >>> ratio([[1.0, 1.0]], [[2.0, 2.0]])
    (0.5, 0.5, 0.5)
    """
    pairs = [np.array([a, b]) for a, b in zip(ours, theirs, strict=True)]
    rng = np.random.default_rng(0)
    found = []
    for _ in range(SAMPLES):
        starts = [pairs[i] for i in rng.integers(len(pairs), size=len(pairs))]
        drawn = [p[:, rng.integers(p.shape[1], size=p.shape[1])] for p in starts]
        mine, other = np.median(np.concatenate(drawn, 1), 1)
        found.append(mine / other)
    low, high = np.quantile(found, (0.025, 0.975))
    mine, other = np.median(np.concatenate(pairs, 1), 1)
    return float(mine / other), float(low), float(high)


def compared(case: str, times: Mapping[str, Times], note: str = "") -> Row:
    """The row of a case."""
    middle = {name: float(np.median(np.concatenate(times[name]))) for name in times}
    to_old = ratio(times[NEW], times[OLD])
    to_itself = ratio(times[NEW], times[CONTROL])
    found = verdict(to_old[1:], to_itself[1:])
    return Row(case, middle[NEW], middle[OLD], *to_old, *to_itself, found, note)


def verdict(interval: Sequence[float], control: Sequence[float]) -> str:
    """What the interval of new over old says, beside that of this version over itself.

    >>> verdict((0.97, 1.05), (0.98, 1.03)), verdict((1.06, 1.2), (0.99, 1.02))
    ('not slower', 'SLOWER')
    >>> verdict((0.8, 1.3), (0.7, 1.4)), verdict((1.06, 1.2), (1.08, 1.2))
    ('undecided', 'undecided')
    """
    (low, high), (least, most) = interval, control
    acquitted = low <= NOT_SLOWER
    if not least <= 1 <= most or most - least > USELESS or (acquitted and high - low > USELESS):
        return UNDECIDED
    return "not slower" if acquitted else "SLOWER"


def fits(case: ModuleType, device: str) -> bool:
    """Whether a case is made of steps that two versions can take in turns."""
    return "lightgrad" in getattr(case, "PEERS", {}) and device in cases.devices(case)


def run(name: str, tree: Path, options: Any, say: Callable[[str], None]) -> Iterator[Row]:
    """The rows of one case; each version does the same steps in the same number."""
    case = cases.load(name)
    if not fits(case, options.device):
        yield Row(name, note=f"no steps on {options.device} that two versions could take in turns")
        return
    starts: dict[str, list[dict[str, list[float]]]] = {v: [] for v in cases.variants(case)}
    counts = [len(part) for part in np.array_split(range(options.repeats), options.starts)]
    stopped: list[KeyboardInterrupt] = []
    try:
        for i, count in enumerate(counts):
            with _workers(name, tree, options) as workers:
                for v, found in starts.items():
                    say(f"{name} {v}: start {i + 1} of {len(counts)}")
                    found.append(_blocks(f"{name} {v}".strip(), v, workers, count))
    except KeyboardInterrupt as error:  # what is measured is not lost
        stopped.append(error)
    for v, found in starts.items():
        if found:
            note = f", {len(found)} of {len(counts)} starts" if len(found) < len(counts) else ""
            times = {which: [start[which] for start in found] for which in found[0]}
            yield compared(f"{name} {v}".strip(), times, note)
    if stopped:
        raise stopped[0]


@contextmanager
def _workers(name: str, tree: Path, options: Any) -> Iterator[dict[str, runner.Worker]]:
    with ExitStack() as stack:
        found = {}
        for which, place in ((NEW, cases.ROOT), (OLD, tree), (CONTROL, cases.ROOT)):
            worker = runner.Worker(name, "lightgrad", options.device, options.threads, place)
            stack.callback(worker.close)
            found[which] = worker
        yield found


def _blocks(
    label: str, variant: str, workers: Mapping[str, runner.Worker], count: int
) -> dict[str, list[float]]:
    """Seconds per step, block by block; who begins a round changes from round to round."""
    results = {w: worker.ask("prepare", variant)[1] for w, worker in workers.items()}
    for which in (OLD, CONTROL):
        runner.agree(f"{label}, this version against the {which}", results[NEW], results[which])
    steps = max(map(runner.steps_per_block, workers.values()))
    found: dict[str, list[float]] = {which: [] for which in workers}
    order = list(workers)
    for _ in range(count):
        for which in order:
            time.sleep(runner.PAUSE)
            found[which].append(workers[which].ask("seconds", steps))
        order = [*order[1:], order[0]]
    return found


HEAD = ("case", "new", "old", "new / old", "95%", "control", "95%", "")
FOOT = (
    "new / old: this version's median over the other's; control: this version over itself, in "
    f"another process.\nnot slower: the interval of new / old begins at {NOT_SLOWER:g} or below; "
    f"undecided: it is wider than {USELESS:g},\nor the control's is, or leaves out 1."
)


def cells(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """What the columns of `HEAD` say."""
    found = []
    for r in rows:
        if r.ratio is None:
            found.append((r.case, *[""] * 6, r.note))
            continue
        found.append(
            (
                r.case,
                report.amount(r.new, "s"),
                report.amount(r.old, "s"),
                f"{r.ratio:.3f}",
                f"{r.low:.3f} .. {r.high:.3f}",
                f"{r.control_ratio:.3f}",
                f"{r.control_low:.3f} .. {r.control_high:.3f}",
                r.verdict + r.note,
            )
        )
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows in aligned columns."""
    return "\n".join([*report.aligned([HEAD, *cells(rows)]), FOOT])


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown, below a line on the machine."""
    return "\n".join([*report.marked_down([HEAD, *cells(rows)]), "", FOOT])


def write_json(file: str, tree: Path, options: Any, rows: Sequence[Row]) -> None:
    """Figures, what they were taken on, and how."""
    how = {k: getattr(options, k) for k in ("device", "repeats", "starts", "threads")}
    found = {
        "machine": report.machine(),
        "new": str(cases.ROOT),
        "old": str(tree),
        "options": how,
        "rows": [asdict(r) for r in rows],
    }
    Path(file).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
