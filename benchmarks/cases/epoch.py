"""An epoch of training on images of MNIST's shape, with the data loader."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Step, cnn
from benchmarks.cases.training import batch, weights

SUMMARY = "an epoch of the CNN over 8,000 images of 28 x 28, shuffled by the loader, Adam"
IMAGES, BATCH = 8_000, 64


def lightgrad() -> Step:
    import lightgrad as light
    from lightgrad import nn
    from lightgrad.data import DataLoader, TensorDataset

    model = cnn.model(nn)
    state = weights(cnn.STATE)
    model.load_state_dict({k: light.from_numpy(v, requires_grad=False) for k, v in state.items()})
    images, labels = (light.from_numpy(a, requires_grad=False) for a in batch(IMAGES, 1, 28, 28))
    light.manual_seed(0)
    loader = DataLoader(TensorDataset(images, labels), batch_size=BATCH, shuffle=True)
    return _epoch(model, light.optim.Adam(model.parameters(), lr=2e-3), nn, loader)


def torch() -> Step:
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    model = cnn.model(nn)
    model.load_state_dict({k: torch.from_numpy(v) for k, v in weights(cnn.STATE).items()})
    images, labels = (torch.from_numpy(a) for a in batch(IMAGES, 1, 28, 28))
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(images, labels), batch_size=BATCH, shuffle=True)
    return _epoch(model, torch.optim.Adam(model.parameters(), lr=2e-3), nn, loader)


def _epoch(model: Any, optim: Any, nn: Any, loader: Any) -> Step:
    seen: dict[str, Any] = {}

    def run() -> None:
        sizes, labels = [], 0
        for x, y in loader:
            optim.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optim.step()
            sizes.append(len(x))
            labels += int(y.sum())
        seen["sizes"], seen["sum of labels"] = np.array(sizes), np.array(labels)

    return Step(run, lambda: seen)


PEERS = {"lightgrad": lightgrad, "torch": torch}
