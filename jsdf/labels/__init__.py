"""Everything a caller may pass as labels -> one `LabelSet`, its wire form, and answers -> names."""

from jsdf.labels.label_set import Label, LabelClass, LabelSet, bad_example, image
from jsdf.labels.parsing import Labels, ReadAsWords, images_as_words, parse

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
