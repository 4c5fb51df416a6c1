"""torch.autograd.functional."""

from lightgrad.autograd.functional import hessian as hessian
from lightgrad.autograd.functional import hvp as hvp
from lightgrad.autograd.functional import jacobian as jacobian
from lightgrad.autograd.functional import jvp as jvp
from lightgrad.autograd.functional import vjp as vjp
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

#: the same product, as second derivatives are symmetric
vhp = hvp
