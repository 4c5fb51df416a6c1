"""Random arrays, options and notes, printed here and by PyTorch.

`python -m tests.torch.printed 20000` compares so many, and shows those that differ.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch

from lightgrad.torch._core import printing

FLOATS = ("float32", "float32", "float64", "float16")
WHOLE = ("int64", "int32", "int16", "int8", "uint8", "bool")
Options = dict[str, Any]


def options(rng: np.random.Generator) -> Options:
    """Mostly the default; else what programs set."""
    if rng.random() < 0.6:
        return {}
    out: Options = {}
    if rng.random() < 0.3:
        out["profile"] = str(rng.choice(["default", "short", "full"]))
    for name, high in (("precision", 9), ("edgeitems", 5), ("threshold", 60), ("linewidth", 160)):
        if rng.random() < 0.4:
            out[name] = int(rng.integers(0, high))
    if rng.random() < 0.3:
        out["sci_mode"] = bool(rng.random() < 0.5)
    return out


def shape(rng: np.random.Generator) -> tuple[int, ...]:
    kind = rng.random()
    if kind < 0.1:
        return ()
    if kind < 0.2:
        return tuple(int(n) for n in rng.integers(0, 3, rng.integers(1, 5)))
    if kind < 0.25:
        return tuple(int(n) for n in rng.integers(1, 60, 2))
    if kind < 0.28:
        return tuple(int(n) for n in rng.integers(1, 14, 3))
    if kind < 0.3:
        return (int(rng.integers(900, 1200)),)
    return tuple(int(n) for n in rng.integers(1, 8, rng.integers(1, 4)))


def array(rng: np.random.Generator) -> np.ndarray:
    """An array of any dtype and shape, of numbers that are of one size or of many."""
    sizes = shape(rng)
    if rng.random() < 0.3:
        kind = np.dtype(str(rng.choice(WHOLE)))
        if kind.kind == "b":
            return np.asarray(rng.random(sizes) < 0.5)
        high = min(10 ** int(rng.integers(1, 19)), np.iinfo(kind).max)
        low = max(-high, np.iinfo(kind).min) * (rng.random() < 0.6)
        return np.asarray(rng.integers(low, high, sizes, kind))
    values = rng.standard_normal(sizes) * 10.0 ** rng.integers(-9, 12)
    if rng.random() < 0.7:
        values = rng.standard_normal(sizes) * 10.0 ** rng.integers(-2, 3)
    if rng.random() < 0.2:
        values = values * 10.0 ** rng.integers(-4, 5, sizes)
    if rng.random() < 0.3:
        values = np.round(values)
    elif rng.random() < 0.1:
        values = np.round(values, int(rng.integers(0, 5)))
    for special in (0.0, -0.0, np.nan, np.inf, -np.inf, 1e-4, 1e8, 1.0, 1000.0):
        if rng.random() < 0.05:
            values = np.where(rng.random(sizes) < rng.choice([0.1, 0.6, 1.0]), special, values)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(values, dtype=str(rng.choice(FLOATS)))


def notes(rng: np.random.Generator, values: np.ndarray) -> list[str]:
    if values.dtype.kind == "f" and rng.random() < 0.3:
        return [str(rng.choice(["requires_grad=True", "grad_fn=<AliasBackward0>"]))]
    return []


def mine(values: np.ndarray, said: list[str], how: Options) -> str:
    printing.set_printoptions(profile="default")
    try:
        printing.set_printoptions(**how)
        return printing.text(values, said)
    finally:
        printing.set_printoptions(profile="default")


def theirs(values: np.ndarray, said: list[str], how: Options) -> str:
    tensor = torch.from_numpy(np.array(values))
    if said:
        tensor.requires_grad_()
    torch.set_printoptions(profile="default")
    try:
        torch.set_printoptions(**how)
        return repr(torch.ops.aten.alias(tensor) if "grad_fn" in str(said) else tensor)
    finally:
        torch.set_printoptions(profile="default")


def differences(count: int, seed: int = 0) -> list[str]:
    """Of so many drawn arrays those that are printed otherwise than by PyTorch."""
    found = []
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        how, values = options(rng), array(rng)
        said = notes(rng, values)
        here, there = mine(values, said, how), theirs(values, said, how)
        if here != there:
            found.append(f"{seed}, {i}: {how} {values.dtype} {values.shape}\n{here}\n{there}")
    return found


if __name__ == "__main__":
    different = differences(int(sys.argv[1]), int((*sys.argv, 0)[2]))
    print(
        *(text[:600] for text in different[:5]),
        f"{len(different)} of {sys.argv[1]} differ",
        sep="\n",
    )
