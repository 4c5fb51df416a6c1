"""OpenCL kernels of the family `sorting`."""
