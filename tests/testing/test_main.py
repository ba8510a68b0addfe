"""`python -m jsdf.testing` as a process, and the imports of `jsdf.testing`."""

import json
import signal
import subprocess
import sys

import httpx
import pytest

from jsdf.testing import digest


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")
@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_serves_until_a_signal(tmp_path, how):
    how = getattr(signal, how)
    ledger = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-m", "jsdf.testing", "--rate", "1000", "--poison", "p", "--ledger", str(ledger)]
    # A child inherits an ignored signal, as from `nohup` or a background job of a shell.
    default = {"preexec_fn": lambda: signal.signal(how, signal.SIG_DFL) and None}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **default) as child:
        try:
            url = child.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:")
            labels = [{"type": "text", "value": v} for v in "ab"]
            for values in (["x", "y"], ["x", "p"]):
                content = {"dataset": [{"type": "text", "value": v} for v in values], "labels": labels}
                httpx.post(f"{url}/v1/classification", json=content, headers={"x-api-key": "test-key"})
            lines = [json.loads(line) for line in ledger.read_text().splitlines()]
        finally:
            child.send_signal(how)
        assert child.wait(10) == 0
    assert [(line["status"], line["samples"]) for line in lines] == [(200, 2), (400, 2)]
    assert lines[0]["billed"] == [digest("x"), digest("y")]
    assert lines[1]["billed"] == []
    assert "test-key" not in ledger.read_text()


def test_import_needs_no_pytest():
    code = "import sys, jsdf.testing; sys.exit('pytest' in sys.modules or 'hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
