"""The file of a taught engine where an engine is named: arguments, options, the command line, the server, workers."""

import pandas as pd
import pytest
from command_line import jsdf as run_command
from server_process import serve

import jsdf

pytest.importorskip("scipy")

TEXTS = ["the striker scored", "rain and wind", "shares fell", "the team won the cup", "sunny and warm", "a bank loan"]
NAMES = ["sport", "weather", "money"] * 2
LABELS = ["sport", "weather", "money"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("taught") / "topics.npz"
    jsdf.Local.fit(TEXTS, NAMES).save(path)
    return path


def test_arguments_and_options_take_the_file(file, monkeypatch, tmp_path):
    engine = jsdf.Local.load(file)
    monkeypatch.chdir(file.parent)
    for named in (file, str(file), "topics.npz"):
        assert jsdf.plan(TEXTS, LABELS, engine=named).engine == "local"
        jsdf.options.engine = named
        assert jsdf.run(TEXTS, LABELS, progress=False).scores.equals(
            jsdf.run(TEXTS, LABELS, engine=engine, progress=False).scores
        )
    (tmp_path / "notes.txt").write_text("no engine")
    for given, message in (
        ("topix.npz", r"engine='topix.npz': use 'hosted', 'local', 'auto', 'cascade'"),
        (tmp_path / "gone.npz", r"gone.npz': there is no such file; pass one that LearnedLocal.save wrote"),
        (str(tmp_path / "notes.txt"), r"notes.txt cannot be loaded: it is not a file that LearnedLocal.save wrote"),
        ("a\0b", r"engine='a\\x00b': use 'hosted'"),
    ):
        with pytest.raises(jsdf.InvalidInputError, match=message):
            jsdf.plan(TEXTS, LABELS, engine=given)


def test_a_file_called_as_an_engine_is_not_taken_for_it(file, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "local").write_bytes(file.read_bytes())
    assert isinstance(jsdf.config.options.engine, str)
    assert jsdf.plan(["a"], ["sport", "cash"], engine="local").rows == 1
    with pytest.raises(jsdf.InvalidLabelsError, match="'cash'"):
        jsdf.run(["a"], ["sport", "cash"], engine="./local", progress=False)


def test_the_command_line_takes_the_file(file, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"text": TEXTS}).to_csv("in.csv", index=False)
    labels = [word for name in LABELS for word in ("--label", name)]
    result = run_command("classify", "in.csv", "-c", "text", *labels, "--engine", file, "-o", "out.csv")
    assert result.exit_code == 0, result.stderr
    assert list(pd.read_csv("out.csv")["label"]) == NAMES
    result = run_command("plan", "in.csv", "-c", "text", *labels, "--engine", "gone.npz")
    assert result.exit_code != 0
    assert "'gone.npz' is not one of 'auto', 'hosted', 'local'" in result.stderr
    result = run_command("classify", "in.csv", "-c", "text", *labels, "--engine", "in.csv", "-o", "other.csv")
    assert (result.exit_code, result.stderr) == (
        1, "jsdf: in.csv cannot be loaded: it is not a file that LearnedLocal.save wrote\n"
    )  # fmt: skip


def test_the_server_serves_the_file(file, monkeypatch):
    with serve("--engine", str(file)) as server:
        engine = jsdf.Hosted("any", base_url=server.url)
        run = jsdf.run(TEXTS, LABELS, engine=engine, progress=False, cache=False)
        assert list(run.labels) == NAMES
        part = jsdf.run(TEXTS[:1], ["money", "sport"], engine=engine, progress=False, cache=False)
        assert list(part.labels) == ["sport"]
        with pytest.raises(jsdf.ClassificationError, match="'cash' is not one that this engine was taught"):
            jsdf.classify(TEXTS, ["sport", "cash"], engine=engine, progress=False, cache=False)


def test_the_server_says_at_once_that_a_file_cannot_be_served(tmp_path):
    result = run_command("serve", "--port", "0", "--engine", tmp_path / "gone.npz")
    assert result.exit_code == 1
    assert result.stderr == f"jsdf: {tmp_path / 'gone.npz'} cannot be read: No such file or directory\n"


def test_workers_of_dask_get_the_engine(file):
    dataframe = pytest.importorskip("dask.dataframe")
    import jsdf.dask

    frame = pd.DataFrame({"text": TEXTS})
    lazy = dataframe.from_pandas(frame, npartitions=2)
    labels = lazy["text"].jigsaw.classify(LABELS, engine=jsdf.Local.load(file), cache=False).compute(
        scheduler="processes", num_workers=1
    )  # fmt: skip
    assert list(labels) == NAMES
