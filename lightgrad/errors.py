"""Every exception lightgrad raises on purpose, and its warnings.

Each exception subclasses :class:`LightgradError` and the builtin a NumPy or PyTorch
user would have caught, so ``except ValueError`` keeps working.
"""

__all__ = [
    "AnomalyError",
    "ArgumentError",
    "BackwardError",
    "ConflictError",
    "DataError",
    "DeprecatedWarning",
    "DeviceError",
    "DeviceOutOfMemoryError",
    "DivisionError",
    "DownloadError",
    "DtypeError",
    "GradcheckError",
    "HigherOrderError",
    "HostFallbackWarning",
    "IndexDtypeError",
    "InplaceError",
    "LightgradError",
    "LoaderError",
    "MissingLibraryError",
    "MissingOpError",
    "ModuleError",
    "ModuleNameError",
    "NoForwardError",
    "OptimizerError",
    "RegistrationError",
    "ShadowError",
    "ShapeError",
    "StateDictError",
    "StrictError",
    "UnsupportedError",
    "VmapError",
    "VmapFallbackWarning",
]


class LightgradError(Exception):
    """Base of all exceptions raised by lightgrad."""


class ShapeError(LightgradError, ValueError, IndexError, RuntimeError):
    """Shapes, axes, indices or sizes do not fit the operation."""


class ArgumentError(LightgradError, ValueError, RuntimeError):
    """An argument has a value the operation cannot take."""


class DivisionError(ArgumentError, ZeroDivisionError):
    """Integers are divided by zero."""


class LinAlgError(ArgumentError):
    """A matrix is singular, not positive definite, or its factors are not found."""


class DtypeError(LightgradError, TypeError, RuntimeError):
    """A dtype or argument type does not fit the operation."""


class IndexDtypeError(DtypeError, IndexError):
    """An index is no number, slice or mask."""


class DeviceError(LightgradError, RuntimeError):
    """Tensors live on different devices, or a device is not known."""


class BackwardError(LightgradError, RuntimeError):
    """``backward()`` or ``grad()`` cannot be run as asked."""


class HigherOrderError(BackwardError):
    """A backward that works on raw data was asked for a second derivative."""


class InplaceError(LightgradError, RuntimeError):
    """A change in place would make, or has made, a gradient wrong."""


# AttributeError first: ``hasattr(tensor, name)`` must answer False.
class MissingOpError(LightgradError, AttributeError, NotImplementedError):
    """No device kernel, composite or host fallback can run the operation."""


class ModuleError(LightgradError, AttributeError, TypeError):
    """A module is built wrongly, or has no attribute, child or parameter of that name."""


class ModuleNameError(ModuleError, KeyError):
    """A name that is no name of a child or parameter, or that is taken."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class NoForwardError(ModuleError, NotImplementedError):
    """A module was called that has no ``forward``."""


class RegistrationError(LightgradError, ValueError):
    """An op or a backend cannot be registered under this name."""


class StateDictError(LightgradError, KeyError, ValueError, RuntimeError):
    """Keys or shapes of a state dict do not fit the module or optimizer."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class OptimizerError(LightgradError, ValueError, TypeError, RuntimeError):
    """An optimizer or scheduler cannot be built or stepped as asked."""


class DataError(LightgradError, ValueError, OSError):
    """A data file is missing, corrupt, truncated or has the wrong checksum."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class LoaderError(DataError, RuntimeError):
    """A loop over a data set cannot go on, or would have ended unseen."""


class DownloadError(DataError):
    """A data set is not on this machine and cannot be fetched."""


class MissingLibraryError(LightgradError, ImportError):
    """A library that only some features need is not installed."""


class ConflictError(LightgradError, ImportError):
    """PyTorch itself is imported already, where lightgrad is to be in its place."""


class UnsupportedError(LightgradError, NotImplementedError):
    """A part of PyTorch was used that lightgrad does not have."""


class VmapError(LightgradError, ValueError, RuntimeError):
    """A function cannot be mapped over samples as asked, or does what no map can."""


class VmapFallbackWarning(UserWarning):
    """An operation ran once for each sample, as it has no rule for all at once."""


class GradcheckError(LightgradError, AssertionError):
    """A gradient disagrees with its numerical estimate."""


class HostFallbackWarning(UserWarning):
    """An accelerator lacks an operation, which therefore ran on the CPU."""


# FutureWarning: Python hides a DeprecationWarning everywhere but in the script that is run.
class DeprecatedWarning(FutureWarning):
    """Something was used that the next version will not have; the text says what to use."""


class StrictError(DeviceError):
    """In strict mode: an operation would have copied data between devices unasked."""


class ShadowError(LightgradError, ArithmeticError):
    """In shadow mode: a result or gradient disagrees with NumPy in float64."""


class AnomalyError(LightgradError, ArithmeticError, RuntimeError):
    """While anomalies are looked for: the first NaN or infinite value, and what made it."""


class DeviceOutOfMemoryError(DeviceError, MemoryError):
    """A device cannot hold another array; what it holds is untouched."""
