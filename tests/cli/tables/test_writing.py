"""The output file is replaced whole, or left as it was."""

import os

import pytest
from command_line import OPTIONS, jsdf, write_texts

from jsdf.cli.tables import writing


def test_the_out_file_is_replaced_whole_and_keeps_its_mode(workdir, serve):
    serve()
    out = workdir / "out.csv"
    out.write_text("old")
    out.chmod(0o600)
    assert jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv").exit_code == 0
    assert out.read_text().startswith("text,label\n")
    assert out.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in workdir.iterdir()) == ["in.csv", "out.csv"]


def test_a_failing_write_leaves_the_old_file(workdir, monkeypatch):
    workdir.joinpath("out.csv").write_text("old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "dump", full)
    result = jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv", "--engine", "hosted")
    assert result.stderr == "jsdf: out.csv cannot be written: No space left on device\n"
    assert workdir.joinpath("out.csv").read_text() == "old"
    assert sorted(p.name for p in workdir.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written(workdir, serve):
    service = serve()
    workdir.joinpath("closed").mkdir(mode=0o500)
    result = jsdf("classify", write_texts(2), *OPTIONS, "-o", "closed/out.csv")
    assert result.stderr == "jsdf: closed/out.csv cannot be written: Permission denied\n"
    assert service.requests == []
