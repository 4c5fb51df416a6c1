"""OpenCL kernels of the family `random`."""
