"""Tools for gradients: checking them by differences, clipping them."""
