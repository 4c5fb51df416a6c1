"""torch.distributions.exp_family: the base of exponential families."""

from lightgrad.torch.distributions.distribution import ExponentialFamily as ExponentialFamily
