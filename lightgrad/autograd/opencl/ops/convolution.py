"""OpenCL kernels of the family `convolution`."""
