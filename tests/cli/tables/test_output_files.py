"""The output file is replaced whole, or left as it was."""

import os
import tempfile

import pandas as pd
import pytest
from command_line import OPTIONS, jsdf, write_texts

from jsdf.cli import tables
from jsdf.cli.tables import Table, TableOptions


def test_the_out_file_is_replaced_whole_and_keeps_its_mode(workdir, serve):
    serve()
    out = workdir / "out.csv"
    out.write_text("old")
    out.chmod(0o600)
    assert jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv").exit_code == 0
    assert out.read_text().startswith("text,label\n")
    assert out.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in workdir.iterdir()) == ["in.csv", "out.csv"]


def test_a_new_file_elsewhere_is_private_and_resembles_the_other(workdir, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(workdir))
    table = Table(pd.DataFrame({"text": ["x"]}), 1)
    for name, kind, ending in [("a.b.csv.gz", "csv", "csv.gz"), ("table", "jsonl", "jsonl"), ("é" * 200, "tsv", "tsv")]:
        path = tables.write_elsewhere([table], name, kind, TableOptions())
        assert path.parent == workdir
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.name.startswith(name.split(".")[0][:40] + "-")
        assert path.name.endswith("." + ending)
        assert tables.read(path, "text").texts.tolist() == ["x"]


def test_no_two_tables_are_written_to_one_place(workdir, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(workdir))
    table = Table(pd.DataFrame({"text": ["x"]}), 1)
    assert len({tables.write_elsewhere([table], "out.csv", "csv", TableOptions()) for _ in range(20)}) == 20


def test_folders_that_cannot_be_written_are_passed_over(workdir, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(workdir / "gone"))
    path = tables.write_elsewhere([Table(pd.DataFrame({"text": ["x"]}), 1)], "out.csv", "csv", TableOptions())
    assert path.parent == workdir


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written(workdir, serve):
    service = serve()
    workdir.joinpath("closed").mkdir(mode=0o500)
    result = jsdf("classify", write_texts(2), *OPTIONS, "-o", "closed/out.csv")
    assert result.stderr == "jsdf: closed/out.csv cannot be written: Permission denied\n"
    assert service.requests == []
