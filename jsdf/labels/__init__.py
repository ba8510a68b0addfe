"""Everything a caller may pass as labels -> one `LabelSet`, its wire form, and answers -> names."""

from jsdf.labels.reading import Labels, ReadAsWords, images_as_words, parse
from jsdf.labels.sets import Label, LabelClass, LabelSet, bad_example, image

__all__ = [
    "Label",
    "LabelClass",
    "LabelSet",
    "Labels",
    "ReadAsWords",
    "bad_example",
    "image",
    "images_as_words",
    "parse",
]
