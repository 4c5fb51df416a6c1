"""Tools around gradients: gradcheck, clipping."""
