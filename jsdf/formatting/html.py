"""HTML fragments of the reports; all text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jsdf.formatting.text import escape_html, percent, top_labels
from jsdf.formatting.theme import css, label_colour

#: Labels that get a bar; more would push the rest of the notebook out of view.
MAX_BARS = 12

_RULES = """
.jsdf-card { color: var(--jsdf-fg); background: var(--jsdf-bg); max-width: 47.5em;
  box-sizing: border-box; padding: 6px 10px;
  font: 13px/1.5 system-ui, sans-serif; }
.jsdf-card .jsdf-card { max-width: none; padding: 0; }
CARD p, CARD ul { margin: 2px 0; padding: 0; color: inherit; }
CARD ul { padding-left: 1.4em; }
CARD table { border-collapse: collapse; margin: 4px 0; border: 0; color: inherit; font-size: inherit; }
CARD tr, CARD th, CARD td { background: none; border: 0; padding: 0 12px 0 0; color: inherit;
  text-align: left; font-weight: normal; line-height: inherit; vertical-align: middle; white-space: normal;
  max-width: 24em; overflow-wrap: anywhere; }
CARD td.jsdf-number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
CARD td.jsdf-cell { width: 14em; }
CARD .jsdf-bar { height: 9px; min-width: 1px; border-radius: 2px; background: var(--jsdf-accent); }
CARD .jsdf-muted { color: var(--jsdf-muted); } CARD .jsdf-bad { color: var(--jsdf-bad); }
CARD .jsdf-good { color: var(--jsdf-good); } CARD .jsdf-warn { color: var(--jsdf-warn); }
"""
# The class is repeated three times for a higher specificity than notebooks' own rules for tables.
_STYLE = f"<style>{css('.jsdf-card')}{_RULES.replace('CARD', '.jsdf-card' * 3)}</style>"


def card(parts: Iterable[str]) -> str:
    """Wrap fragments in a card that follows the theme of the page."""
    # The two other classes keep MathJax of any version from reading dollar signs as formulas.
    return f'<div class="jsdf-card tex2jax_ignore mathjax_ignore">{_STYLE}{"".join(parts)}</div>'


def paragraph(text: object, kind: str = "", max_chars: int = 400) -> str:
    """Return a paragraph of plain text; `kind` is `muted`, `bad`, `good`, `warn` or empty."""
    return f"<p{_class_attribute(kind)}>{escape_html(text, max_chars)}</p>"


def span(text: object, kind: str = "", max_chars: int = 80) -> str:
    """Return a `<span>` of plain text; `kind` as in `paragraph`."""
    return f"<span{_class_attribute(kind)}>{escape_html(text, max_chars)}</span>"


def _class_attribute(kind: str) -> str:
    return f' class="jsdf-{kind}"' if kind else ""


def bars(label_counts: Mapping[str, int], total: int | None = None) -> str:
    """Return a bar per label with its rows and, given `total`, its share; empty if no row has a label."""
    shown, others, rows = top_labels(label_counts, MAX_BARS)
    longest = max((n for _, n in shown), default=0)
    if not longest:
        return ""
    colours = {name: label_colour(position) for position, name in enumerate(label_counts)}
    lines = [_bar(name, n, longest, total, colours[name]) for name, n in shown]
    more = f'<tr class="jsdf-muted"><th scope="row">{others:,} more</th><td></td>{_number(f"{rows:,}")}</tr>'
    return f"<table><tbody>{''.join(lines)}{more if others else ''}</tbody></table>"


def _bar(name: str, rows: int, longest: int, total: int | None, colour: str) -> str:
    width = 100 * rows / longest
    bar = f'<div class="jsdf-bar" style="width: {width:.1f}%; background: {colour}"></div>' if rows else ""
    share = "" if total is None else _number(percent(rows, total))
    label = f'<th scope="row">{escape_html(name)}</th>'
    return f'<tr>{label}<td class="jsdf-cell">{bar}</td>{_number(f"{rows:,}")}{share}</tr>'


def _number(text: str) -> str:
    return f'<td class="jsdf-number">{escape_html(text)}</td>'


def table(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and values."""
    rows = "".join(f'<tr><th scope="row">{escape_html(k)}</th>{_number(v)}</tr>' for k, v in pairs)
    return f"<table><tbody>{rows}</tbody></table>"


def table_with_header(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table with a header row."""
    head = "".join(f'<th scope="col" class="jsdf-muted">{escape_html(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape_html(v, 160)}</td>' for v in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def bullet_list(texts: Iterable[object]) -> str:
    """Return a bullet list of plain texts."""
    return f"<ul>{''.join(f'<li>{escape_html(text, 300)}</li>' for text in texts)}</ul>"
