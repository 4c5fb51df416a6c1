"""The NumPy backend."""

import numpy as _np

# glibc hands blocks above a threshold back to the system at every free, so a
# training step would fault its activations in anew each time (a third of the
# time of a small CNN).  The threshold follows the largest block freed so far,
# up to 32 MiB: free one now, untouched.  Elsewhere this does nothing.
_np.empty((32 << 20) - 8192, _np.uint8)
