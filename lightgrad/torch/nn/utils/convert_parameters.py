"""torch.nn.utils.convert_parameters."""

from lightgrad.nn.utils import parameters_to_vector as parameters_to_vector
from lightgrad.nn.utils import vector_to_parameters as vector_to_parameters
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)
