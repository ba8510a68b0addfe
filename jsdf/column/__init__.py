"""Column encoded as distinct values and codes, and detection of texts and images."""

from jsdf.column.encoding import Column, encode, select_column
from jsdf.column.kinds import Kind

__all__ = ["Column", "Kind", "encode", "select_column"]
