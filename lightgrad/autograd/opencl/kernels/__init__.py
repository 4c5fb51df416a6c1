"""OpenCL kernels and their launches, on arrays; no tensors."""
