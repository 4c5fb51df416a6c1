"""torch.nn.parameter."""

from lightgrad.torch._core.parameter import Parameter as Parameter
