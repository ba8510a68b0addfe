"""A bar that moves with every request: in notebooks, in terminals, or not at all."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jsdf.usage import Progress

Show = Callable[[Progress], None]


@contextmanager
def view(progress: bool | Show | None) -> Iterator[Show]:
    """Open a view of one run.

    Args:
        progress: True for a bar, False for nothing, None for a bar in notebooks and terminals only, or
            a function that is called with each `Progress`.
    """
    if callable(progress):
        yield progress
    elif progress is False or (progress is None and not (_in_kernel() or sys.stderr.isatty())):
        yield _show_nothing
    else:
        bar = Bar()
        try:
            yield bar
        finally:
            bar.close()


def _show_nothing(_event: Progress) -> None:
    pass


class Bar:
    """One tqdm bar, made at the first event, since only that knows the rows."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, event: Progress) -> None:
        """Move the bar to where the run stands."""
        if self._bar is None:
            self._bar = _tqdm()(total=event.rows, unit=" rows", desc=event.engine, dynamic_ncols=True)
        self._bar.set_postfix_str(describe(event), refresh=False)
        self._bar.update(event.done - self._bar.n)
        if event.note or event.finished:
            self._bar.refresh()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def describe(event: Progress) -> str:
    """What stands behind the bar: requests, tokens, rows from the store, failures, a note."""
    usage = event.usage
    parts = [f"{usage.requests:,} requests"]
    parts += [f"{usage.total_tokens:,} tokens"] if usage.total_tokens else []
    parts += [f"{usage.rows_cached:,} from the store"] if usage.rows_cached else []
    parts += [f"{event.failed:,} failed"] if event.failed else []
    return ", ".join([*parts, event.note] if event.note else parts)


def _tqdm() -> Any:
    # tqdm.auto chooses the notebook's bar without looking whether ipywidgets is there.
    if _in_kernel() and importlib.util.find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm as notebook_tqdm

        return notebook_tqdm
    from tqdm import tqdm

    return tqdm


def _in_kernel() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
