"""Decision if a click on a button reaches the kernel while a run goes on."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

#: Versions of ipykernel, from the first to before the second, that handle messages of widgets on subshells.
_WITH_SUBSHELLS = ((7, 0), (7, 4))


def is_click_heard(*, awaited: bool) -> bool:
    """Return True if it is known that the kernel handles a click before the run has ended.

    An awaited run leaves the kernel's event loop free, and ipykernel 6 and 7.4 handle clicks there. Versions 7.0 to 7.3
    handle none before the cell has ended but those that come over a subshell, which the front end opens if it uses
    them; these also arrive during a synchronous call, in no other version.

    Args:
        awaited: True if a coroutine of the caller awaits the run.
    """
    ipython, package = sys.modules.get("IPython"), sys.modules.get("ipykernel")
    shell = None if ipython is None else ipython.get_ipython()
    kernel = getattr(shell, "kernel", None)
    version = tuple(getattr(package, "version_info", ()))[:2]
    if kernel is not None and _WITH_SUBSHELLS[0] <= version < _WITH_SUBSHELLS[1]:
        return _has_subshell(kernel)
    return awaited


def _has_subshell(kernel: Any) -> bool:
    with contextlib.suppress(Exception):  # names of other versions
        return bool(kernel._supports_kernel_subshells and kernel.shell_channel_thread.manager.list_subshell())
    return False
