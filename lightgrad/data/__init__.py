"""Data sets, batches and the files they come from.

Reading and batching need NumPy alone.  Downloading uses pooch and the embedded
digits come from scikit-learn: ``pip install "lightgrad[examples]"`` has both.
"""

from typing import TYPE_CHECKING

from lightgrad.data.collate import collate
from lightgrad.data.dataset import Dataset, Subset, TensorDataset, random_split
from lightgrad.data.digits import digits
from lightgrad.data.idx import idx_pair, read_idx
from lightgrad.data.loader import DataLoader
from lightgrad.data.mnist import MNIST
from lightgrad.hints import lookup

__all__ = [
    "MNIST",
    "DataLoader",
    "Dataset",
    "Subset",
    "TensorDataset",
    "collate",
    "digits",
    "idx_pair",
    "random_split",
    "read_idx",
]

if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
