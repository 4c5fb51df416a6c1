"""OpenCL kernels of the family `normalization`."""
