"""``python -m lightgrad.torch script.py``: a program that imports torch runs on lightgrad."""

from __future__ import annotations

import sys

from lightgrad.torch._core.launch import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
