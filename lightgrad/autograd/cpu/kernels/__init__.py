"""What the NumPy backend computes with, on arrays: none of it knows a tensor."""
