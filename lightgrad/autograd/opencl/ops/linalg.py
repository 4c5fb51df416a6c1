"""OpenCL kernels of the family `linalg`."""
