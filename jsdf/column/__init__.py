"""Column encoded as distinct values and codes, and detection of texts and images."""

from jsdf.column.cells import is_image_struct, is_plain, read_value
from jsdf.column.encoding import Column, encode, select_column
from jsdf.column.kinds import Kind
from jsdf.column.series import conversion_code, to_series

__all__ = [
    "Column",
    "Kind",
    "conversion_code",
    "encode",
    "is_image_struct",
    "is_plain",
    "read_value",
    "select_column",
    "to_series",
]
