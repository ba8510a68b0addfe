"""The preview on a terminal: bytes are shown by their size."""

from jsdf.cli import preview


def test_bytes_are_previewed_by_their_size():
    assert [preview._format_value(value) for value in (b"\x89" * 1234, None, "a")] == ["1,234 bytes", "", "a"]
