"""torch.distributions: draws, densities, entropies and distances between distributions."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch.distributions import chi2 as chi2
from lightgrad.torch.distributions import constraints as constraints
from lightgrad.torch.distributions import exp_family as exp_family
from lightgrad.torch.distributions.bernoulli import Bernoulli as Bernoulli
from lightgrad.torch.distributions.beta import Beta as Beta
from lightgrad.torch.distributions.binomial import Binomial as Binomial
from lightgrad.torch.distributions.categorical import Categorical as Categorical
from lightgrad.torch.distributions.cauchy import Cauchy as Cauchy
from lightgrad.torch.distributions.dirichlet import Dirichlet as Dirichlet
from lightgrad.torch.distributions.distribution import Distribution as Distribution
from lightgrad.torch.distributions.distribution import ExponentialFamily as ExponentialFamily
from lightgrad.torch.distributions.exponential import Exponential as Exponential
from lightgrad.torch.distributions.fishersnedecor import FisherSnedecor as FisherSnedecor
from lightgrad.torch.distributions.gamma import Chi2 as Chi2
from lightgrad.torch.distributions.gamma import Gamma as Gamma
from lightgrad.torch.distributions.geometric import Geometric as Geometric
from lightgrad.torch.distributions.gumbel import Gumbel as Gumbel
from lightgrad.torch.distributions.half_cauchy import HalfCauchy as HalfCauchy
from lightgrad.torch.distributions.half_normal import HalfNormal as HalfNormal
from lightgrad.torch.distributions.independent import Independent as Independent
from lightgrad.torch.distributions.inverse_gamma import InverseGamma as InverseGamma
from lightgrad.torch.distributions.kl import kl_divergence as kl_divergence
from lightgrad.torch.distributions.kl import register_kl as register_kl
from lightgrad.torch.distributions.laplace import Laplace as Laplace
from lightgrad.torch.distributions.log_normal import LogNormal as LogNormal
from lightgrad.torch.distributions.mixture_same_family import MixtureSameFamily as MixtureSameFamily
from lightgrad.torch.distributions.multinomial import Multinomial as Multinomial
from lightgrad.torch.distributions.multivariate_normal import (
    MultivariateNormal as MultivariateNormal,
)
from lightgrad.torch.distributions.negative_binomial import NegativeBinomial as NegativeBinomial
from lightgrad.torch.distributions.normal import Normal as Normal
from lightgrad.torch.distributions.one_hot_categorical import OneHotCategorical as OneHotCategorical
from lightgrad.torch.distributions.one_hot_categorical import (
    OneHotCategoricalStraightThrough as OneHotCategoricalStraightThrough,
)
from lightgrad.torch.distributions.pareto import Pareto as Pareto
from lightgrad.torch.distributions.poisson import Poisson as Poisson
from lightgrad.torch.distributions.relaxed_bernoulli import RelaxedBernoulli as RelaxedBernoulli
from lightgrad.torch.distributions.relaxed_categorical import (
    RelaxedOneHotCategorical as RelaxedOneHotCategorical,
)
from lightgrad.torch.distributions.studentT import StudentT as StudentT
from lightgrad.torch.distributions.transformed_distribution import (
    TransformedDistribution as TransformedDistribution,
)
from lightgrad.torch.distributions.transforms import AbsTransform as AbsTransform
from lightgrad.torch.distributions.transforms import AffineTransform as AffineTransform
from lightgrad.torch.distributions.transforms import ComposeTransform as ComposeTransform
from lightgrad.torch.distributions.transforms import ExpTransform as ExpTransform
from lightgrad.torch.distributions.transforms import (
    LowerCholeskyTransform as LowerCholeskyTransform,
)
from lightgrad.torch.distributions.transforms import PowerTransform as PowerTransform
from lightgrad.torch.distributions.transforms import SigmoidTransform as SigmoidTransform
from lightgrad.torch.distributions.transforms import SoftmaxTransform as SoftmaxTransform
from lightgrad.torch.distributions.transforms import SoftplusTransform as SoftplusTransform
from lightgrad.torch.distributions.transforms import TanhTransform as TanhTransform
from lightgrad.torch.distributions.transforms import Transform as Transform
from lightgrad.torch.distributions.transforms import identity_transform as identity_transform
from lightgrad.torch.distributions.uniform import Uniform as Uniform
from lightgrad.torch.distributions.weibull import Weibull as Weibull

__getattr__ = _lookup(__name__)
