"""A detached file takes everything, and changes nothing."""

import io

from jsdf.utils.detachable_file import DetachableFile


def test_a_file_is_written_until_it_is_detached():
    inner = io.BytesIO()
    file = DetachableFile(inner)
    assert file.write(b"abc") == file.tell() == 3
    assert file.seek(1) == 1
    file.write(b"X")
    file.detach_file()
    assert file.seek(2) == 2
    assert file.write(b"lost") == 4
    assert file.tell() == 6
    file.flush()
    assert inner.getvalue() == b"aXc"
    assert file.seekable()
    assert file.writable()
