"""Tensors that stand for the same tensor of several samples, and the operations on them.

A `Batched` tensor looks to operations like one sample; behind it is a tensor with one more
axis, the first.  An operation on one runs a *rule*, which makes one call of that operation on
the tensor behind.  So what is recorded, and differentiated, is an ordinary graph.
"""

from lightgrad.autograd.batching import rules as _rules  # noqa: F401  known from here on
from lightgrad.autograd.batching.levels import Level as Level
from lightgrad.autograd.batching.levels import entered as entered
from lightgrad.autograd.batching.levels import left as left
from lightgrad.autograd.batching.levels import levels as levels
from lightgrad.autograd.batching.tensor import Batched as Batched
from lightgrad.autograd.batching.tensor import again as again
from lightgrad.autograd.batching.tensor import over_all as over_all
from lightgrad.autograd.batching.tensor import unwrapped as unwrapped
from lightgrad.autograd.batching.tensor import wrapped as wrapped
