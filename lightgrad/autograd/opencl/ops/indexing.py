"""OpenCL kernels of the family `indexing`."""
