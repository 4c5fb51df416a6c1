"""The handwritten digits that come with scikit-learn: real data without a download."""

from __future__ import annotations

import numpy as np

from lightgrad.data.dataset import TensorDataset
from lightgrad.data.optional import load


def digits() -> TensorDataset:
    """1,797 handwritten digits of 8x8 pixels, float32 (N, 1, 8, 8) in [0, 1], labels int64.

    Source: sklearn.datasets.load_digits (Alpaydin and Kaynak, Optical
    Recognition of Handwritten Digits, UCI, 1998; CC BY 4.0).

    >>> images, labels = digits().tensors
    >>> images.shape, labels[:3]
    ((1797, 1, 8, 8), tensor([0, 1, 2]))
    """
    raw = load("sklearn.datasets", "scikit-learn", "the embedded digits data set").load_digits()
    images = raw.images.astype(np.float32)[:, None] / np.float32(16)  # 16 levels of grey
    return TensorDataset(images, raw.target.astype(np.int64))
