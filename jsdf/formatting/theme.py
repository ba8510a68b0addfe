"""Colours of all displays: one set for light themes, one for dark themes."""

from __future__ import annotations

#: Name -> (colour in light themes, colour in dark themes). Text has a contrast of 4.5:1 or more with the
#: background and with any other colour it is written on, borders of 3:1 (WCAG 2.2, 1.4.3 and 1.4.11), as tested.
COLOURS: dict[str, tuple[str, str]] = {
    "bg": ("#ffffff", "#14181d"),
    "fg": ("#1c2126", "#e8edf2"),
    "muted": ("#57606a", "#a3adb8"),
    "line": ("#848d97", "#727b86"),
    "accent": ("#0b57b0", "#82bcff"),
    "bad": ("#b3261e", "#ff958b"),
    "good": ("#146c2e", "#63d471"),
    "warn": ("#7a4d00", "#e5b84b"),
}

#: Name -> (colour in light themes, colour in dark themes), for areas and lines that carry no information by themselves.
DECORATION: dict[str, tuple[str, str]] = {
    "soft": ("#d8dee4", "#2f363e"),
    "hover": ("#f2f5f8", "#1f262d"),
    "mark": ("#ffe58a", "#6b5600"),
}

#: (colour in light themes, colour in dark themes) of each label by its position; further labels begin again with the
#: first. After the palette of Okabe and Ito (2008), which people with any colour vision can tell apart, moved until
#: they have a contrast of 3:1 or more with the background and differ for eyes without red or green cones, as tested.
LABEL_COLOURS: tuple[tuple[str, str], ...] = (
    ("#0072b2", "#55b3dc"),
    ("#d55e00", "#ff8a4c"),
    ("#00845f", "#1fcf98"),
    ("#b0518a", "#f583b2"),
    ("#8a5800", "#f0e442"),
    ("#5b4bb7", "#b0a1ff"),
    ("#6b4a2f", "#d9b36f"),
    ("#53606d", "#bdbcd9"),
)

#: Selectors by which JupyterLab, VS Code and Colab mark a page as light or dark, whatever the system prefers.
_LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", "html[theme=light]")
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", ".vscode-high-contrast", "html[theme=dark]")


def css(scope: str) -> str:
    """Return CSS rules that give an element `--jsdf-fg`, `--jsdf-bg`, `--jsdf-muted`, `--jsdf-line`,
    `--jsdf-accent`, `--jsdf-bad`, `--jsdf-good`, `--jsdf-warn`, those of `DECORATION`, and `--jsdf-label-0` to `-7`.

    Args:
        scope: CSS selector of the element, as in `".jsdf-grid"`.

    Returns:
        Rules that follow the notebook's theme, or else the system's.
    """  # noqa: D205 - the names belong in the first sentence
    light, dark = (_variables(position) for position in (0, 1))
    return "\n".join(
        [
            f"{scope} {{ {light} }}",
            f"@media (prefers-color-scheme: dark) {{ {scope} {{ {dark} }} }}",
            f"{', '.join(f'{theme} {scope}' for theme in _LIGHT)} {{ {light} }}",
            f"{', '.join(f'{theme} {scope}' for theme in _DARK)} {{ {dark} }}",
        ]
    )


def label_colour(position: int) -> str:
    """Return the CSS value of a label's colour, by its position among the labels."""
    return f"var(--jsdf-label-{position % len(LABEL_COLOURS)})"


def _variables(position: int) -> str:
    scheme = ("light", "dark")[position]
    of_labels = {f"label-{i}": pair for i, pair in enumerate(LABEL_COLOURS)}
    pairs = {**COLOURS, **DECORATION, **of_labels}
    values = [f"--jsdf-{name}: {pair[position]};" for name, pair in pairs.items()]
    return " ".join([*values, f"color-scheme: {scheme};"])
