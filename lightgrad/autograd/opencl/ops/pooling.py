"""OpenCL kernels of the family `pooling`."""
