"""torch.utils.data.dataset."""

from lightgrad.data.dataset import ChainDataset, ConcatDataset, Dataset, IterableDataset
from lightgrad.data.dataset import StackDataset as StackDataset
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.samplers import Subset, TensorDataset, random_split

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
]

__getattr__ = _lookup(__name__)
