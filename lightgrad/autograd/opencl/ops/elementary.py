"""OpenCL kernels of the family `elementary`."""
