"""torch.distributions.chi2: sums of squares."""

from lightgrad.torch.distributions.gamma import Chi2 as Chi2
