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


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("position", range(len(theme.LABEL_COLOURS)))
def test_colours_of_labels_are_seen_on_the_background(position, which):
    pair = sorted(map(luminance, (theme.LABEL_COLOURS[position][which], theme.COLOURS["bg"][which])))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 3


# Matrices of Viénot, Brettel and Mollon (1999), on linear RGB: how people without red or green cones see a colour.
BLINDNESS = {
    "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


def seen(colour, matrix):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return lab([sum(weight * c for weight, c in zip(row, linear, strict=True)) for row in matrix])


def lab(linear):
    """Return CIE L*a*b* of linear sRGB, for the distances between colours."""
    red, green, blue = [max(0.0, c) for c in linear]
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_colours_of_the_first_labels_differ_for_colour_blind_eyes(blindness, which):
    colours = [seen(pair[which], BLINDNESS[blindness]) for pair in theme.LABEL_COLOURS]
    distances = {
        (i, j): sum((a - b) ** 2 for a, b in zip(colours[i], colours[j], strict=True)) ** 0.5
        for i in range(len(colours))
        for j in range(i)
    }
    # A difference of 2.3 is just noticeable; that of two patches side by side should be several times as much.
    assert min(distances.values()) >= 8, min(distances, key=distances.get)


def test_every_theme_defines_all_colours():
    rules = theme.css(".scope")
    assert rules.count(".scope") == 2 + len(theme._LIGHT) + len(theme._DARK)
    names = [*theme.COLOURS, *theme.DECORATION, *(f"label-{i}" for i in range(len(theme.LABEL_COLOURS)))]
    assert all(rules.count(f"--jsdf-{name}:") == 4 for name in names)
    assert rules.count("{") == rules.count("}")
