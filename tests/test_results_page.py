"""`docs/benchmarks.md` is what the records of `tests/benchmarks` render to, and every script is on the list."""

import json
import os
import platform
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "benchmarks"
ROOT = FOLDER.parents[1]
COMMAND = re.compile(r"python (tests/benchmarks/\w+\.py)( .+)?")


@pytest.fixture
def results(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import results as module

    return module


@pytest.fixture
def records(results):
    return results.read_records()


def test_the_page_is_what_the_records_render_to(results):
    assert results.render() == results.PAGE.read_text("utf-8"), "run tests/benchmarks/results.py --page"


def test_every_script_that_prints_figures_is_on_the_list(results):
    scripts = {
        path.stem for path in FOLDER.glob("*.py") if re.search(r"^ +show\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(scripts) >= 25
    assert scripts - {benchmark.script for benchmark in results.BENCHMARKS} == set()


def test_every_benchmark_has_a_script_and_one_place_on_the_page(results):
    names = [benchmark.record_name for benchmark in results.BENCHMARKS]
    placed = results.results_page.placeholders((results.RECORDS / "page.md").read_text("utf-8"))
    assert Counter(names) == Counter(placed) == Counter(set(names))
    assert [b.script for b in results.BENCHMARKS if not (FOLDER / f"{b.script}.py").exists()] == []


def test_every_record_has_its_command_date_machine_and_figures(results, records):
    commands = {benchmark.record_name: benchmark.command for benchmark in results.BENCHMARKS}
    assert len(records) >= 15
    for name, record in records.items():
        assert record["command"] == commands[name]
        assert (ROOT / COMMAND.fullmatch(record["command"])[1]).is_file()
        assert re.fullmatch(r"\d{4}-\d\d-\d\d( to \d{4}-\d\d-\d\d)?", record["date"])
        assert {"cores", "python"} <= record["machine"].keys()
        assert record["figures"]
        assert all(figure["name"] and figure["figure"] for figure in record["figures"])


def test_every_figure_of_the_page_follows_its_command_date_and_machine(results):
    origin = re.compile(r"`python tests/benchmarks/[^`]+`, \d{4}-\d\d-\d\d[^|]*, \[machine [A-Z]\]\(#machines\).*:")
    sections, last = Counter(), ""
    for line in results.PAGE.read_text("utf-8").splitlines():
        if line and not line.startswith("|"):
            last = line
        elif line.startswith("| what |"):
            assert origin.fullmatch(last), f"{line} follows {last!r}"
            sections[last] += 1
    assert len(sections) >= 15


SCRIPT = """
from bench import show, show_detail
show("rows a second | of all", 1_000, "at least 900")
show_detail("one case", 3)
show("  set", {"plain": 0.5, "jsdf": "0.75"})
raise SystemExit(CODE)
"""


@pytest.mark.parametrize("code", [0, 1])
def test_what_a_script_prints_is_kept_with_its_machine(results, monkeypatch, tmp_path, code):
    scripts = tmp_path / "tests" / "benchmarks"
    scripts.mkdir(parents=True)
    (scripts / "small.py").write_text(SCRIPT.replace("CODE", str(code)))
    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER), *sys.path]))
    record = results.measure(results.Benchmark("small", 0.1, "--fast"))
    assert record["command"] == "python tests/benchmarks/small.py --fast"
    assert record["figures"] == [
        {"name": "rows a second | of all", "figure": "1000", "target": "at least 900"},
        {"name": "set", "figure": {"plain": "0.5", "jsdf": "0.75"}},
    ]
    assert record.get("exit_status", 0) == code
    assert record["machine"]["python"] == platform.python_version()
    page = results.results_page.render(
        "# Page\n\n{{small}}\n\n{{machines}}\n", {}, {"small": json.loads(json.dumps(record))}
    )
    assert "| rows a second \\| of all | 1000 | at least 900 |" in page
    assert "| what | plain | jsdf |\n| --- | --- | --- |\n| set | 0.5 | 0.75 |" in page
    assert ("exit status 1" in page) == bool(code)
    assert f"| A | {record['machine']['processor']} | " in page
    assert not re.search(rf"/(?:home|tmp|work)/|{re.escape(platform.node())}", page)


def test_a_script_without_figures_has_no_record(results, monkeypatch, tmp_path):
    scripts = tmp_path / "tests" / "benchmarks"
    scripts.mkdir(parents=True)
    (scripts / "broken.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr(results, "ROOT", tmp_path)
    assert results.measure(results.Benchmark("broken", 0.1)) is None


@pytest.mark.parametrize("need", ["no/such/folder", "nosuchmodule", "no-such-program"])
def test_a_benchmark_without_its_input_is_skipped_with_a_line(results, monkeypatch, capsys, need):
    monkeypatch.setattr(results, "measure", lambda benchmark: pytest.fail("was run"))
    assert results._run_and_keep(results.Benchmark("poison", 1, needs=("json", "tests", need)))
    assert capsys.readouterr().out == f"== poison: skipped, needs {need}\n"


def test_the_command_lists_and_refuses_names():
    def run(*arguments):
        command = [sys.executable, str(FOLDER / "results.py"), *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    listed = run("--list", "poison", "field")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["poison", "field"]
    refused = run("poisson")
    assert refused.returncode == 2
    assert "poisson: use names of --list" in refused.stderr
