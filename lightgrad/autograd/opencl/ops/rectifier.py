"""OpenCL kernels of the family `rectifier`."""
