"""Decision if a click on a button reaches the kernel while a run goes on."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

#: Versions of ipykernel that handle messages of widgets on subshells, from the first to before the second; later ones
#: handle them beside a cell that awaits.
_WITH_SUBSHELLS = ((7, 0), (7, 4))


def is_click_heard(*, awaited: bool) -> bool:
    """Return True if it is known that the kernel handles a click before the run has ended.

    ipykernel 6 handles messages of widgets after the cell, and so do versions 7.0 to 7.3, but for those that come over
    a subshell, which the front end opens if it uses them. From 7.4 on, they are handled while a cell awaits.

    Args:
        awaited: True if a coroutine of the caller awaits the run.
    """
    ipython, package = sys.modules.get("IPython"), sys.modules.get("ipykernel")
    shell = None if ipython is None else ipython.get_ipython()
    kernel = getattr(shell, "kernel", None)
    version = tuple(getattr(package, "version_info", ()))[:2]
    if kernel is None or version < _WITH_SUBSHELLS[0]:
        return False
    return _has_subshell(kernel) if version < _WITH_SUBSHELLS[1] else awaited


def _has_subshell(kernel: Any) -> bool:
    with contextlib.suppress(Exception):  # names of other versions
        return bool(kernel._supports_kernel_subshells and kernel.shell_channel_thread.manager.list_subshell())
    return False
