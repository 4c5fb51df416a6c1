"""OpenCL kernels of the family `selection`."""
