"""The colours of everything that is shown: one set for light themes, one for dark ones."""

from __future__ import annotations

#: Name -> (on light, on dark). Texts have 4.5:1 against the background and against each other where one is
#: written on the other, borders 3:1 (WCAG 2.2, 1.4.3 and 1.4.11); a test computes them.
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

#: What says that a page is light or dark, apart from the system: JupyterLab, VS Code and Colab.
_LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", "html[theme=light]")
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", ".vscode-high-contrast", "html[theme=dark]")


def css(scope: str) -> str:
    """Rules that give an element `--jsdf-fg`, `--jsdf-bg`, `--jsdf-muted`, `--jsdf-line`, `--jsdf-accent`,
    `--jsdf-bad`, `--jsdf-good` and `--jsdf-warn`.

    Args:
        scope: A CSS selector, as in `".jsdf-grid"`.

    Returns:
        Rules that follow the notebook's theme, else the system's.
    """  # noqa: D205 - the names belong in the first sentence
    light, dark = (_variables(which) for which in (0, 1))
    return "\n".join(
        [
            f"{scope} {{ {light} }}",
            f"@media (prefers-color-scheme: dark) {{ {scope} {{ {dark} }} }}",
            f"{', '.join(f'{theme} {scope}' for theme in _LIGHT)} {{ {light} }}",
            f"{', '.join(f'{theme} {scope}' for theme in _DARK)} {{ {dark} }}",
        ]
    )


def _variables(which: int) -> str:
    scheme = ("light", "dark")[which]
    return " ".join([f"--jsdf-{name}: {pair[which]};" for name, pair in COLOURS.items()] + [f"color-scheme: {scheme};"])
