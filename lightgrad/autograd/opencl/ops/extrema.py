"""OpenCL kernels of the family `extrema`."""
