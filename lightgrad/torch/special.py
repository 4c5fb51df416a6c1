"""torch.special: mathematical functions under the names that scipy has for them."""

from lightgrad.torch import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    log1p,
    log_softmax,
    logit,
    logsumexp,
    polygamma,
    round,
    sinc,
    softmax,
    xlogy,
)
from lightgrad.torch import digamma as psi
from lightgrad.torch import lgamma as gammaln
from lightgrad.torch import mvlgamma as multigammaln
from lightgrad.torch import sigmoid as expit
from lightgrad.torch import special_entr as entr
from lightgrad.torch import special_ndtr as ndtr
from lightgrad.torch import special_xlog1py as xlog1py
from lightgrad.torch._core.missing import lookup as _lookup

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]
__getattr__ = _lookup(__name__)
