"""The README and the pages of `docs/`: their code runs and prints what they show, and what they name exists.

- `python` blocks run from top to bottom, in one namespace a page. A `text` block directly after one is its output, and
  a block that prints has one.
- In `console` blocks the lines that begin with `$ jsdf` run; the lines after each are what it prints.
- A `{code-block}` with a `:caption:` is a file of that name, which is there before the page runs.
- `sh` blocks are to be copied: installation, servers, benchmarks. They do not run.

Output is compared by words. `...` stands for anything. Figures may be off by 5 % (0.05 below 1), since quantised models
round differently on other processors; durations and rows a second are not compared.
"""

import ast
import asyncio
import inspect
import io
import itertools
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

import jsdf
from jsdf.engines.local import available

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
PROSE = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
FUNCTIONS = ("classify", "run", "plan", "gallery", "review", "evaluate", "shares", "compare", "probe", "embed")
_DURATION = re.compile(r"(?<![\w.])\d[\d.,]*(?= (?:rows/s|ms|s)\b)")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def by_name(pages):
    return [pytest.param(page, id=page.name) for page in pages]


@dataclass
class Block:
    """A fenced block, the lines of its fences, and the lines of output that a page shows after it."""

    info: str
    code: str
    first: int
    last: int
    output: str | None = None

    @property
    def caption(self):
        found = re.match(r":caption: (\S+)\n+", self.code)
        return found and found[1]


def blocks_of(page):
    found, lines = [], page.read_text().splitlines()
    starts = iter(range(len(lines)))
    for first in starts:
        fence = re.match(r"(`{3,})(.*)", lines[first])
        if fence:
            last = lines.index(fence[1], first + 1)
            code = "".join(f"{line}\n" for line in lines[first + 1 : last])
            found.append(Block(fence[2].strip(), code, first + 1, last + 1))
            next(x for x in starts if x == last)
    for block, after in itertools.pairwise(found):
        if after.info == "text" and not "".join(lines[block.last : after.first - 1]).strip():
            block.output = after.code
    return found


def alike(shown, printed):
    """True if a page shows what was printed, by the rules at the top of this file."""
    shown, printed = (re.sub(r"\s+", " ", _DURATION.sub("N", text)).strip() for text in (shown, printed))
    parts = [_NUMBER.split(part) for part in shown.split("...")]
    pattern = "(.*)".join(r"(\d[\d,]*(?:\.\d+)?)".join(map(re.escape, words)) for words in parts)
    found = re.fullmatch(pattern, printed, re.DOTALL)
    if found is None:
        return False
    wanted = [n for part in shown.split("...") for n in [*_NUMBER.findall(part), None]][:-1]
    pairs = zip(wanted, found.groups(), strict=True)
    return all(_close(_figure(a), _figure(b)) for a, b in pairs if a is not None)


def _figure(text):
    return float(text.rstrip(",").replace(",", ""))


def _close(a, b):
    return abs(a - b) <= 0.05 * max(a, 1) + 1e-9


def run_python(block, page, names):
    code = compile(
        "\n" * block.first + block.code, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
    )
    with redirect_stdout(io.StringIO()) as out:
        result = eval(code, names)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    return out.getvalue()


def run_console(block, folder):
    """Each command with what the page shows after it, and what it printed."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        words = shlex.split(line)
        assert words[0] == "jsdf", f"{line}: only jsdf runs in a console block"
        done = subprocess.run(
            [sys.executable, "-m", "jsdf", *words[1:]],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(Path(jsdf.__file__).parents[1]), "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        yield line, shown, done.stdout


@pytest.mark.skipif(not available(), reason="the local engine is not installed")
@pytest.mark.parametrize("page", by_name(PAGES))
def test_the_code_of_a_page_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    folder = tmp_path / "page"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path / "page-cache"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    blocks = blocks_of(page)
    for block in blocks:
        if block.caption:
            (folder / block.caption).write_text(re.sub(r"\A(:\w+:.*\n)+\n*", "", block.code))
    names = {"__name__": "__main__"}
    for block in blocks:
        where = f"{page.name}:{block.first}"
        if block.info == "python":
            printed = run_python(block, page, names)
            shown = block.output or ""
            assert shown or not printed, f"{where} prints, and the page does not show what:\n{printed}"
            assert alike(shown, printed), f"{where} shows\n{shown}\nand prints\n{printed}"
        elif block.info == "console":
            for line, shown, printed in run_console(block, folder):
                assert alike(shown, printed), f"{where}: {line} shows\n{shown}\nand prints\n{printed}"


def test_outputs_are_compared_by_words_and_figures():
    assert alike("a  0.40\n1,000 rows, 1.3 s", "a 0.43 \n1,010 rows, 7.25 s")
    assert alike("one ... three 3", "one and two three 3")
    assert not alike("2 rows", "3 rows")
    assert not alike("0.40", "0.50")
    assert not alike("a", "a b")


@pytest.mark.parametrize("page", by_name(PROSE))
def test_the_blocks_of_a_page_say_what_they_are(page):
    known = {"python", "text", "console", "sh"}
    kinds = {b.info for b in blocks_of(page) if not b.info.startswith("{")}
    assert kinds <= known, f"{page.name}: use one of {known}"


@pytest.mark.parametrize("page", by_name(PROSE))
def test_the_files_that_a_page_names_exist(page):
    text = page.read_text()
    named = re.findall(r"`((?:tests|jsdf|notebooks|docs)/[\w./-]+)`|python (tests/[\w./]+\.py)", text)
    missing = [a or b for a, b in named if not (ROOT / (a or b)).exists()]
    assert missing == []


@pytest.mark.parametrize("page", by_name(PROSE))
def test_the_links_of_a_page_lead_somewhere(page):
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if "://" not in link]
    notebooks = {f"examples/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert [link for link in links if link not in notebooks and not _leads_somewhere(page, link)] == []


def _leads_somewhere(page, link):
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page):
    """The anchors of a page's headings, as GitHub and MyST make them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", [*FUNCTIONS, "Hosted", "Local"])
def test_every_public_parameter_is_on_a_page(name):
    text = "\n".join(page.read_text() for page in PAGES if page.name != "api.md")
    parameters = list(inspect.signature(getattr(jsdf, name)).parameters)
    assert len(parameters) >= 3
    assert [p for p in parameters if p != "series" and not re.search(rf"`{p}`|\b{p}=", text)] == []


def test_every_page_is_in_a_table_of_contents():
    trees = [b for page in DOCS.glob("*.md") for b in blocks_of(page) if b.info == "{toctree}"]
    listed = {line for tree in trees for line in tree.code.split() if not line.startswith(":")}
    pages = {page.stem for page in DOCS.glob("*.md")} - {"index"}
    notebooks = {f"examples/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert pages | notebooks <= listed


def test_the_readme_is_short_and_shows_an_example_with_its_output_at_once():
    page = ROOT / "README.md"
    assert len(page.read_text().splitlines()) <= 150
    first = next(block for block in blocks_of(page) if block.info == "python")
    assert first.output is not None
    assert first.last + len(first.output.splitlines()) + 3 < 25


def test_the_commands_of_the_readme_are_those_that_the_page_of_the_command_line_runs():
    def commands(page, kind, prompt):
        code = "\n".join(b.code for b in blocks_of(page) if b.info == kind)
        return {line.removeprefix(prompt) for line in code.splitlines() if line.startswith(f"{prompt}jsdf ")}

    shown = commands(ROOT / "README.md", "sh", "")
    assert len(shown) >= 2
    run = commands(DOCS / "cli.md", "console", "$ ") | commands(DOCS / "quickstart.md", "console", "$ ")
    assert shown - run == set()


@pytest.mark.parametrize("page", by_name(PROSE))
def test_no_page_shows_the_path_of_a_machine(page):
    assert re.findall(r"/(?:home|Users|root|tmp|work|private|var)/\w+", page.read_text()) == []
