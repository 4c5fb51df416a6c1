"""All families; importing them registers their ops."""

import pkgutil
from importlib import import_module

for family in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{family.name}")
