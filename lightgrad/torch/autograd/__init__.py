"""torch.autograd."""

from lightgrad.autograd import Function as Function
