"""OpenCL kernels of the family `optimize`."""
