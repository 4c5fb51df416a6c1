"""The kernels of the NumPy backend on arrays: none of them knows a tensor."""
