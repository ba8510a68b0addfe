"""A column by its distinct values, and what they are: texts or images."""

from jsdf.column.encoding import Column, encode, select_column
from jsdf.column.kinds import Kind

__all__ = ["Column", "Kind", "encode", "select_column"]
