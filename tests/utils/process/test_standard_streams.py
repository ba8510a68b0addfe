"""Closed standard streams are opened, and what cannot be written is dropped."""

import subprocess
import sys

import pytest

CODE = """
import os, sys
from jsdf.utils.process.standard_streams import discard, open_closed_streams
open_closed_streams()
assert sys.stdin.read() == ""
print("a message", file=sys.stderr, flush=True)
try:
    print("an output", flush=True)
except OSError as error:
    os.write(int(sys.argv[1]), error.strerror.encode())
discard(sys.stdout, sys.stderr)
print("dropped", flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no /dev/full there")
@pytest.mark.parametrize(
    ("streams", "told"),
    [(">&- 2>&- <&-", "Bad file descriptor"), (">/dev/full 2>/dev/null </dev/null", "No space left on device")],
)
def test_streams_that_are_closed_or_full(streams, told):
    command = f"\"{sys.executable}\" -X dev -c '{CODE}' 9 9>&1 {streams}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no /dev/full there")
@pytest.mark.parametrize(("drop", "code"), [("drop_pending(sys.stderr)", 0), ("pass", 120)])
def test_a_message_that_was_held_back_changes_no_exit_code(drop, code):
    message = "import logging; logging.raiseExceptions = False; logging.warning('x')"
    script = f"import sys; from jsdf.utils.process.standard_streams import drop_pending; {message}; {drop}"
    command = f'env -u PYTHONUNBUFFERED "{sys.executable}" -c "{script}" 2>/dev/full'
    assert subprocess.run(["bash", "-c", command], check=False, timeout=60).returncode == code
