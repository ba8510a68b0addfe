"""Everything a caller may pass as labels -> one `LabelSet`, its wire form, and answers -> names."""

from jsdf.labels.reading import Labels, parse
from jsdf.labels.sets import Label, LabelClass, LabelSet, bad_example, image

__all__ = ["Label", "LabelClass", "LabelSet", "Labels", "bad_example", "image", "parse"]
