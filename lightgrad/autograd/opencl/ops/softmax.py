"""OpenCL kernels of the family `softmax`."""
