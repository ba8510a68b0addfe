"""A column by its distinct values, and what they are: texts or images."""

from jsdf.column.encoding import Column, encode, pick
from jsdf.column.kinds import Kind

__all__ = ["Column", "Kind", "encode", "pick"]
