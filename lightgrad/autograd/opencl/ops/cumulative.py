"""OpenCL kernels of the family `cumulative`."""
