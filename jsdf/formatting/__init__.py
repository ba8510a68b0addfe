"""Formatting shared by reports and displays: text, HTML and colours."""
