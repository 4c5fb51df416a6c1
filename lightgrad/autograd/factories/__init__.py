"""Tensors of what a user hands over: values, numbers of a range, random numbers."""
