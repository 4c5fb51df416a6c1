"""OpenCL kernels of the family `joining`."""
