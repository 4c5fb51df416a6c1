"""torch's functions of several tensors."""

import torch

_NAMES = """
    atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod column_stack
    combinations concat dstack hstack meshgrid row_stack vstack
"""
TORCH = {name: getattr(torch, name) for name in _NAMES.split()}
