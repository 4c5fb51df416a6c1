"""Running a program on one library; both have the same names, so the steps are written once."""

import multiprocessing
import sys
import threading
import warnings
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lightgrad.fuzz.program import Program, Step, filled, leaves, mapped

#: a view or a copy, as the strides allow
MAYBE_VIEWS = (
    *("reshape", "flatten", "contiguous", "view", "view_as", "unflatten", "to", "squeeze"),
    "unfold",
    "einsum",
)
#: what a hook returns in the place of a gradient
HOOKS = {
    "double": lambda g: g * 2,
    "halve": lambda g: g.mul(0.5),
    "look": lambda g: None,
    "in place": lambda g: _tripled(g),
}
#: the same as a result: what changes nobody else's gradient, also where those share memory
PLAIN_HOOKS = {**HOOKS, "in place": lambda g: g * 3}


def _tripled(g: Any) -> None:
    """A hook that changes its gradient and returns nothing."""
    g.mul_(3)


@dataclass(eq=False)
class Outcome:
    """All that can be compared after a program: arrays by name, and errors by step."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    #: steps that may be a view or a copy: which of them it was
    views: dict[int, bool] = field(default_factory=dict)
    #: the step at which it ended early, because a derivative was refused
    ended: int | None = None
    ran: set[int] = field(default_factory=set)


def run(program: Program, library: Any) -> Outcome:
    """All steps; what reads the variables of a step that failed is skipped."""
    outcome = Outcome()
    env: dict[int, Any] = {}
    library.start(program)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for n, step in enumerate(program.steps):
            if any(i not in env for i in step.reads):
                continue
            try:
                results = execute(step, env, library)
                made = dict(zip(step.outs, results, strict=True))  # a shorter axis has fewer parts
            except Exception as error:  # of any kind: it is compared
                outcome.errors[n] = f"{type(error).__name__}: {error}"
                if step.differentiates or step.kind in ("clip", "optimize"):
                    outcome.ended = n
                    break
                continue
            outcome.ran.add(n)
            env.update(made)
            if step.kind in ("call", "method") and step.name.partition("/")[0] in MAYBE_VIEWS:
                outcome.views[n] = library.shares(results[0], env[step.reads[0]])
        _collect(program, env, library, outcome)
    return outcome


def run_apart(program: Program, library: Any) -> Outcome | None:
    """`run` in a process of its own, where there can be one; None if a signal ended that.

    Anything else that keeps the outcome from coming back is a mistake of the fuzzer, and raised.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return run(program, library)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: _send(sender, program, library), daemon=True)
    child.start()
    sender.close()
    try:
        received: Outcome | str = receiver.recv()
    except EOFError:
        received = ""
    finally:
        receiver.close()
        child.join()
    if isinstance(received, Outcome):
        return received
    code = child.exitcode or 0
    if code < 0:  # the number of the signal
        return None
    why = received or f"it ended with exit code {code}"
    raise RuntimeError(f"fuzz: no outcome came from the process of program {program.number}: {why}")


def _send(sender: Any, program: Program, library: Any) -> None:
    """The outcome, or in words why there is none, or why it cannot be sent."""
    try:
        sender.send(run(program, library))
    except Exception as error:
        sender.send(f"{type(error).__name__}: {error}")


def _collect(program: Program, env: dict[int, Any], library: Any, outcome: Outcome) -> None:
    """The values at the end, and the gradients that were kept."""
    passing: set[int] = set()  # a `.grad` of before: whether it is still added to, nobody promises
    if outcome.ended is not None or any(s.kwargs.get("create_graph") for s in program.steps):
        passing.update(i for step in program.steps if step.kind == "gradof" for i in step.outs)
    for i, value in env.items():
        if i not in passing:
            outcome.values[f"v{i}"] = _read(library, value)
    if outcome.ended is not None:
        return  # what a failed pass has left behind is nobody's promise
    for step in program.steps:
        if step.kind == "retain" or (step.kind == "leaf" and step.requires_grad):
            i = step.args[0].index if step.kind == "retain" else step.outs[0]
            if i in env:
                outcome.values[f"v{i}.grad"] = _read(library, env[i].grad)
    for place, seen in library.seen.items():
        for k, gradient in enumerate(seen):
            outcome.values[f"hook at {place}, call {k}"] = gradient


def _read(library: Any, value: Any) -> Any:
    """The numbers; of a tensor that computes them now and fails, what it says."""
    try:
        return library.array(value)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def execute(step: Step, env: dict[int, Any], library: Any) -> list[Any]:
    """One step; returns what its variables become."""
    if step.kind == "leaf":
        return [library.leaf(step)]
    args, kwargs = filled(step.args, env), filled(step.kwargs, env) if step.kwargs else {}
    library.calling(step, args)
    if library.careful and step.fresh:  # what is saved is nobody else's
        args, kwargs = mapped((args, kwargs), library.copied)
    with library.no_grad() if step.no_grad else nullcontext():
        result = _KINDS[step.kind](step, args, kwargs, library)
    if step.kind in ("call", "method", "item"):
        results = leaves(result)
        if step.fresh:
            results = [library.rounded(i, r) for i, r in zip(step.outs, results, strict=True)]
        return results if step.outs else []
    return result if step.outs else []


def _method(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    if step.name == "to":
        return args[0].to(library.dtype(args[1]))
    if step.writes:
        return library.written(step, args, kwargs)
    return library.method(step, args, kwargs)


def _item(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    return args[0][args[1]]


def _setitem(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    args[0][args[1]] = args[2]


def _augitem(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    """``args[0][args[1]] += args[2]``, as Python takes it apart."""
    target, key, value = args
    part = target[key]
    part += value
    library.settle(target)
    target[key] = part


def _iadd(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    target = args[0]
    target += args[1]


def _imul(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    target = args[0]
    target *= args[1]


def _hook(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    change = (PLAIN_HOOKS if library.plain else HOOKS)[step.name]
    seen = library.seen.setdefault(step.args[0], [])

    def hook(g: Any) -> Any:
        if g is None:  # torch's word for zeros
            return None
        seen.append(library.array(g).copy())
        return change(g)

    args[0].grad_fn  # noqa: B018  torch crashes if this fails inside register_hook
    args[0].register_hook(hook)


def _backward(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    args[0].backward(library.lent(args[1]), **kwargs)


def _grad(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    """No gradient is a gradient of zero."""
    grads = library.grad(args[0], list(args[1]), *args[2:], **kwargs)
    return [x.detach() * 0 if g is None else g for x, g in zip(args[1], grads, strict=True)]


def _clear(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    for t in args[0]:
        t.grad = None


def _optimize(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    optimizer = getattr(library.optim, step.name)(list(args[0]), **kwargs)
    for _ in range(args[1]):
        optimizer.step()


def _threads(step: Step, args: Any, kwargs: Any, library: Any) -> Any:
    """Threads that send whole numbers into shared leaves, by graphs of their own and by one
    that they share: exact in any order.
    """
    problems: list[Exception] = []
    shared = [(t * 2).sum() for t in args[0]]
    barrier = threading.Barrier(1 if library.plain else args[1])

    def work(number: int) -> None:
        try:
            barrier.wait()
            for _ in range(args[2]):
                for t, total in zip(args[0], shared, strict=True):
                    (t * (1 + number % 3)).sum().backward()
                    total.backward(retain_graph=True)
        except Exception as error:
            problems.append(error)

    if library.plain:
        for number in range(args[1]):
            work(number)
        if problems:
            raise problems[0]
        return None

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that what can be torn is torn
    try:
        workers = [threading.Thread(target=work, args=(n,)) for n in range(args[1])]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    if problems:
        raise problems[0]


_KINDS: dict[str, Any] = {
    "call": lambda step, args, kwargs, library: library.call(step.name, args, kwargs),
    "method": _method,
    "item": _item,
    "setitem": _setitem,
    "augitem": _augitem,
    "iadd": _iadd,
    "imul": _imul,
    "hook": _hook,
    "retain": lambda step, args, kwargs, library: args[0].retain_grad(),
    "backward": _backward,
    "grad": _grad,
    "gradof": lambda step, args, kwargs, library: [
        args[0].detach() * 0 if args[0].grad is None else args[0].grad
    ],
    "clear": _clear,
    "clip": lambda step, args, kwargs, library: [
        library.clip_grad_norm_(list(args[0]), *args[1:], **kwargs)
    ],
    "optimize": _optimize,
    "threads": _threads,
}
