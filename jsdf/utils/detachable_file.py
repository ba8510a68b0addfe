"""A file that can be taken away from a library that would write to it once more when it is collected."""

from __future__ import annotations

import io
from typing import IO, Any


class DetachableFile(io.RawIOBase):
    """A binary file; once it is detached, what is written goes nowhere.

    Args:
        file: The file to write to.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file: IO[bytes] | None = file
        self._position = 0

    def detach_file(self) -> None:
        """Write to the file no more."""
        self._file = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True if the file is, or is detached."""
        return self._file is None or self._file.seekable()

    def tell(self) -> int:
        """Return the position."""
        return self._position if self._file is None else self._file.tell()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Change the position, and return it; relative to the start if the file is detached."""
        self._position = offset if self._file is None else self._file.seek(offset, whence)
        return self._position

    def write(self, content: Any, /) -> int:
        """Write, and return the number of bytes."""
        if self._file is not None:
            return self._file.write(content)
        self._position += len(content)
        return len(content)

    def flush(self) -> None:
        """Write what the file has buffered."""
        if self._file is not None:
            self._file.flush()
