"""Where we are shown: in a Jupyter kernel or not."""

from __future__ import annotations

import sys


def in_jupyter_kernel() -> bool:
    """Whether this process is a kernel, whose displays end in somebody's notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
