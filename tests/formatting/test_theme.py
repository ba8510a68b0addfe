"""Colours have enough contrast with the background in light and dark themes."""

import pytest

from jsdf.formatting import theme


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", [name for name in theme.COLOURS if name != "bg"])
def test_colours_have_enough_contrast(name, which):
    pair = sorted(luminance(theme.COLOURS[n][which]) for n in (name, "bg"))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= (3 if name == "line" else 4.5)


def test_every_theme_defines_all_colours():
    rules = theme.css(".scope")
    assert rules.count(".scope") == 2 + len(theme._LIGHT) + len(theme._DARK)
    assert all(rules.count(f"--jsdf-{name}:") == 4 for name in theme.COLOURS)
    assert rules.count("{") == rules.count("}")
