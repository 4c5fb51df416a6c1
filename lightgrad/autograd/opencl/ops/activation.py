"""OpenCL kernels of the family `activation`."""
