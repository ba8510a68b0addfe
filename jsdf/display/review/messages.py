"""Messages from a browser to a review. Invalid ones are ignored; a name or note that cannot be kept is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsdf.display.gallery.requests import is_index, is_row
from jsdf.display.review.actions import SCOPES, ReviewActions
from jsdf.errors import JSDFError


class ReviewMessages(ReviewActions):
    """Actions of a review as messages of a front end."""

    def apply_action(self, action: str, rows: list[int], message: dict[str, Any]) -> None:
        """Run the action of a message; an invalid one is ignored.

        Args:
            action: Name of the action.
            rows: The positions that the message has as `rows`; empty if they are invalid.
            message: The whole message: `label` of `choose`, `on` of `auto_advance`, `scope` of `accept_all`, `name` and
                `rows` of `add_label`, `row` and `text` of `note`, `by` and `n` of `sort`.
        """
        with self.lock:
            if rows:
                self._act_on_rows(action, rows, message.get("label"))
            if action == "add_label" and message.get("rows", []) == rows:
                self._add_typed_label(message.get("name"), rows)
            self._act(action, message)

    def _act_on_rows(self, action: str, rows: list[int], label: Any) -> None:
        if action == "choose" and is_index(label) and 0 <= label < len(self.names):
            self.choose(rows, self.names[label])
        elif action == "clear" and self.can_clear:
            self.clear(rows)
        elif action == "accept":
            self.accept(rows)
        elif action == "mark":
            self.mark(rows)

    def _act(self, action: str, message: dict[str, Any]) -> None:
        on, scope, row, text = (message.get(name) for name in ("on", "scope", "row", "text"))
        if action == "undo":
            self.undo()
        elif action == "auto_advance" and isinstance(on, bool):
            self.auto_advance(on)
        elif action == "accept_all" and isinstance(scope, str) and scope in SCOPES:
            self._accept_shown(scope, message)
        elif action == "sort":
            self._sort_sample(message.get("by"), message.get("n"))
        elif action == "note" and is_row(row, len(self.table)) and isinstance(text, str):
            self._report_error(lambda: self.note(row, text))

    def _accept_shown(self, scope: str, message: dict[str, Any]) -> None:
        """Accept all rows, and go on from a page to the next one.

        Nothing is accepted if a person was shown other rows, as before the reply to a filter or to a page turn.
        """
        shown = message.get("rows") if scope == "page" else message.get("total")
        if shown is not None and shown != (self.rows if scope == "page" else len(self)):
            self._notify("other rows are shown now: nothing was accepted", is_view_only=True)
            return
        accepted = self._accept_open(scope)
        if scope == "page" and self.page + 1 < self.pages:
            self._move_to(self.page + 1)
            self._notify(f"{accepted}; page {self.page + 1}", self.rows[0])
        else:
            self._notify(accepted)

    def _sort_sample(self, by: Any, n: Any) -> None:
        if by == "random" and is_index(n) and 1 <= n <= len(self.table):
            self.sort(by, n)

    def _add_typed_label(self, name: Any, rows: list[int]) -> None:
        if isinstance(name, str):
            self._report_error(lambda: self.add_label(name, rows))

    def _report_error(self, act: Callable[[], None]) -> None:
        """Run an action on what a person typed; the reason why it cannot be kept becomes the status message."""
        try:
            act()
        except JSDFError as error:
            self._notify(str(error))
