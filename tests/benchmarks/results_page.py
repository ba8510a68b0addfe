"""Render the page of figures: a template with the tables of each record in place of its `{{name}}`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

_PLACEHOLDER = re.compile(r"^\{\{(\w+)\}\}$", re.MULTILINE)
MACHINES = "machines"


def placeholders(template: str) -> list[str]:
    """Return the names in a template, in order, without that of the machines."""
    return [name for name in _PLACEHOLDER.findall(template) if name != MACHINES]


def render(template: str, commands: dict[str, str], records: dict[str, dict[str, Any]]) -> str:
    """Return the page.

    Args:
        template: Markdown with placeholders on lines of their own.
        commands: Name -> command of each benchmark.
        records: Name -> record of those that were run.
    """
    machines: list[dict[str, Any]] = []
    for name in placeholders(template):
        if name in records and records[name]["machine"] not in machines:
            machines.append(records[name]["machine"])

    def replace(found: re.Match[str]) -> str:
        name = found[1]
        if name == MACHINES:
            return "\n".join(_machine_table(machines))
        if name not in records:
            return f"Not measured yet: `{commands[name]}`."
        return "\n".join(_tables(records[name], machines.index(records[name]["machine"])))

    return _PLACEHOLDER.sub(replace, template)


def letter(number: int) -> str:
    """Return the name of a machine on the page."""
    return chr(ord("A") + number)


def _tables(record: dict[str, Any], machine: int) -> Iterator[str]:
    """Yield the lines of a record: one about its origin, and a table for each run of figures with the same columns."""
    took = f", {record['seconds']:,} seconds" if record.get("seconds") is not None else ""
    load = f", load {record['load_before']:g} before it" if "load_before" in record else ""
    code = f", ended with exit status {record['exit_status']}" if "exit_status" in record else ""
    yield f"`{record['command']}`, {record['date']}, [machine {letter(machine)}](#machines){took}{load}{code}:"
    for columns, figures in itertools.groupby(record["figures"], _columns):
        rows = list(figures)
        has_target = any("target" in row for row in rows)
        yield ""
        yield from _table(
            ["what", *columns, *(["target or remark"] if has_target else [])],
            [[row["name"], *_cells(row), *([row.get("target", "")] if has_target else [])] for row in rows],
        )


def _columns(figure: dict[str, Any]) -> tuple[str, ...]:
    return tuple(figure["figure"]) if isinstance(figure["figure"], dict) else ("figure",)


def _cells(figure: dict[str, Any]) -> list[str]:
    value = figure["figure"]
    return list(value.values()) if isinstance(value, dict) else [value]


def _machine_table(machines: list[dict[str, Any]]) -> Iterator[str]:
    rows = []
    for number, machine in enumerate(machines):
        libraries = ", ".join(f"{name} {version}" for name, version in machine.get("libraries", {}).items())
        facts = [machine.get(name, "") for name in ("processor", "cores", "memory", "system", "python")]
        rows.append([letter(number), *(str(fact) or "not recorded" for fact in [*facts, libraries])])
    return _table(["machine", "processor", "cores", "memory", "system", "Python", "libraries"], rows)


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
