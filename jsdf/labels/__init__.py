"""Labels: parse every accepted form to a `LabelSet`, write it as JSON, and match answers to label names."""

from jsdf.labels.example_members import MAX_EXAMPLE_CHARS, AppliedExamples, add_examples
from jsdf.labels.examples import Example, Examples
from jsdf.labels.label_set import Label, LabelClass, LabelSet, image, invalid_example_error
from jsdf.labels.parsing import ImageLikeLabelWarning, Labels, image_like_texts, parse

__all__ = [
    "MAX_EXAMPLE_CHARS",
    "AppliedExamples",
    "Example",
    "Examples",
    "ImageLikeLabelWarning",
    "Label",
    "LabelClass",
    "LabelSet",
    "Labels",
    "add_examples",
    "image",
    "image_like_texts",
    "invalid_example_error",
    "parse",
]
