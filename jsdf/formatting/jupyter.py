"""Detection of Jupyter kernels."""

from __future__ import annotations

import sys


def in_jupyter_kernel() -> bool:
    """True if this process is a Jupyter kernel, so that displays appear in a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
