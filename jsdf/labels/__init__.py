"""Everything a caller may pass as labels -> one `LabelSet`, its wire form, and answers -> names."""

from jsdf.labels.label_set import Label, LabelClass, LabelSet, image, invalid_example_error
from jsdf.labels.parsing import ImageLikeLabelWarning, Labels, image_like_texts, parse

__all__ = [
    "ImageLikeLabelWarning",
    "Label",
    "LabelClass",
    "LabelSet",
    "Labels",
    "image",
    "image_like_texts",
    "invalid_example_error",
    "parse",
]
