"""Tools around gradients: gradcheck."""
