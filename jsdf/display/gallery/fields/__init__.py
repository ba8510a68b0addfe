"""Other columns of the frame, shown beside the rows of a gallery and filtered by."""

from jsdf.display.gallery.fields.field import Field, FieldFilter
from jsdf.display.gallery.fields.field_reading import read_fields, select_fields

__all__ = ["Field", "FieldFilter", "read_fields", "select_fields"]
