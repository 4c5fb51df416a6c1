"""torch.functional: functions of `lightgrad.torch`, by the module that PyTorch has them in."""

import lightgrad.torch as _torch
from lightgrad.torch._core.missing import lookup as _lookup

atleast_1d, atleast_2d, atleast_3d = _torch.atleast_1d, _torch.atleast_2d, _torch.atleast_3d
block_diag, broadcast_shapes = _torch.block_diag, _torch.broadcast_shapes
broadcast_tensors, cartesian_prod = _torch.broadcast_tensors, _torch.cartesian_prod
cdist, einsum, meshgrid, norm = _torch.cdist, _torch.einsum, _torch.meshgrid, _torch.norm
split, tensordot, unique = _torch.split, _torch.tensordot, _torch.unique

__getattr__ = _lookup(__name__)
