"""OpenCL kernels of the family `piecewise`."""
