"""Speculation of Spark: a second attempt at a partition, on another host, pays for no row of the first."""

import json
import shutil
import subprocess
import sys

import pytest
import speculation


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has 127.0.0.2 by itself")
def test_a_speculative_attempt_pays_nothing_twice(tmp_path):
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    if shutil.which("java") is None:
        pytest.skip("there is no Java runtime")
    command = [sys.executable, speculation.__file__]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert any(is_speculative for *_, is_speculative in found["attempts"])
    assert (found["rows"], found["distinct"], found["billed"]) == (speculation.ROWS, speculation.ROWS, 1)
