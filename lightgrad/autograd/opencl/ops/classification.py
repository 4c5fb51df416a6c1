"""OpenCL kernels of the family `classification`."""
