"""Data sets, batches and the files they come from.

Reading and batching need NumPy alone.  Downloading uses pooch and the embedded
digits come from scikit-learn: ``pip install "lightgrad[examples]"`` has both.
"""

import typing as _typing

from lightgrad.data.collate import collate as collate
from lightgrad.data.dataset import ChainDataset as ChainDataset
from lightgrad.data.dataset import ConcatDataset as ConcatDataset
from lightgrad.data.dataset import Dataset as Dataset
from lightgrad.data.dataset import IterableDataset as IterableDataset
from lightgrad.data.dataset import StackDataset as StackDataset
from lightgrad.data.dataset import Subset as Subset
from lightgrad.data.dataset import TensorDataset as TensorDataset
from lightgrad.data.dataset import random_split as random_split
from lightgrad.data.digits import digits as digits
from lightgrad.data.idx import idx_pair as idx_pair
from lightgrad.data.idx import read_idx as read_idx
from lightgrad.data.loader import DataLoader as DataLoader
from lightgrad.data.mnist import MNIST as MNIST
from lightgrad.data.sampler import BatchSampler as BatchSampler
from lightgrad.data.sampler import DistributedSampler as DistributedSampler
from lightgrad.data.sampler import RandomSampler as RandomSampler
from lightgrad.data.sampler import Sampler as Sampler
from lightgrad.data.sampler import SequentialSampler as SequentialSampler
from lightgrad.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from lightgrad.data.sampler import WeightedRandomSampler as WeightedRandomSampler
from lightgrad.hints import lookup as _lookup
from lightgrad.hints import public as _public

__all__ = list(_public(globals()))

if not _typing.TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = _lookup(__name__)
