"""OpenCL kernels of the family `diagonal`."""
