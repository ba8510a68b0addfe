"""Messages speak of options, variables and files; a table of cases in which the advice is obeyed."""

import ast
import os
import re
from pathlib import Path

import pytest
from command_line import LABELS_AB, OPTIONS, jsdf, write_labels, write_texts

import jsdf as package
from jsdf.cli.option_terms import in_option_terms

PYTHON_TERMS = re.compile(
    r"\bjsdf\.(?!com)\w+|\.(?:astype|str|struct|read)\b[\[(]?|\bretry\(\)|\bseries[.\[]|last_run|\b(?:kind|task|labels|engine|errors|cache|progress|"
    r"base_url|api_key|max_requests|max_tokens|repeats|multiple_labels|text_model|image_model)="
)


def write(name, content):
    Path(name).write_text(content)
    return name


def command(*more, file="in.csv", column="text", labels=LABELS_AB):
    return "classify", file, "-c", column, *labels, *more


def missing_key(monkeypatch):
    monkeypatch.delenv("JIGSAWSTACK_API_KEY")
    return command("--engine", "hosted"), "set JIGSAWSTACK_API_KEY"


def key_with_a_space(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "two words")
    return command(), "JIGSAWSTACK_API_KEY: it holds a space"


def unencrypted_address(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_URL", "http://example.org")
    return command(), "JIGSAWSTACK_API_URL='http://example.org' would send the key unencrypted"


def address_without_a_scheme(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_URL", "example.org")
    return command(), "JIGSAWSTACK_API_URL='example.org': use an https:// URL"


ENVIRONMENTS = [missing_key, key_with_a_space, unencrypted_address, address_without_a_scheme]


@pytest.mark.parametrize("wrong", ENVIRONMENTS)
def test_advice_about_the_environment_is_obeyed(workdir, serve, monkeypatch, wrong):
    service = serve()
    write_texts(3)
    good = {name: os.environ[name] for name in ("JIGSAWSTACK_API_KEY", "JIGSAWSTACK_API_URL")}
    arguments, advice = wrong(monkeypatch)
    refused = jsdf(*arguments)
    assert (refused.exit_code, refused.stdout, service.requests) == (1, "", [])
    assert advice in refused.stderr
    assert not PYTHON_TERMS.search(refused.stderr)
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert jsdf(*arguments).exit_code == 0


def test_a_missing_key_can_be_gone_round_with_the_local_engine(workdir, offline):
    write_texts(3)
    refused = jsdf(*command("--engine", "hosted"))
    where = "https://jigsawstack.com/dashboard"
    assert refused.stderr == (
        f"jsdf: no API key: set JIGSAWSTACK_API_KEY (get a key at {where}), or pass --engine local\n"
    )
    assert jsdf(*command("--engine", "local")).exit_code == 0


MIXED, ADDRESSES = "text\ncat.jpg\na remark\n", "text\nhttps://example.com/1\n"
TWO = command(labels=("-l", "positive", "-l", "negative"))
CASES = [
    (command(labels=("-l", "a")), "--label positive --label negative", TWO),
    (command(labels=("--labels", "one.json")), "as in --label positive --label negative", TWO),
    (command(labels=("--labels", "empty.json")), "labels, as in --label positive --label negative", TWO),
    (command(labels=("--labels", "number.json")), 'write it as "1"', command(labels=("--labels", "text.json"))),
    (command(labels=("--labels", "data.json")), '{"name": {"image": "PATH"}}', None),
    (command("--task", " "), "--task ' ': pass an instruction in words", command("--task", "Which?")),
    (command(file="mixed.csv"), "pass --kind text or --kind image", command("--kind", "text", file="mixed.csv")),
    (
        command(file="addresses.csv"),
        "or --kind text if they are not",
        command("--kind", "text", file="addresses.csv"),
    ),
    (command(file="numbers.jsonl"), "not texts (the first: line 2)", command(file="texts.jsonl")),
    (command("--max-requests", "0"), "--max-requests 0 was reached", command("--max-requests", "1")),
    (command("--max-tokens", "0"), "--max-tokens 0 was reached", command("--max-tokens", "100000")),
]


@pytest.mark.parametrize(("wrong", "advice", "right"), CASES, ids=[advice for _, advice, _ in CASES])
def test_advice_in_terms_of_options_is_obeyed(workdir, serve, wrong, advice, right):
    serve()
    write_texts(3)
    write("mixed.csv", MIXED)
    write("addresses.csv", ADDRESSES)
    write("numbers.jsonl", '{"text": "x"}\n{"text": 5}\n')
    write("texts.jsonl", '{"text": "x"}\n{"text": "5"}\n')
    contents = {"one": ["a"], "empty": {}, "number": [1, "b"], "text": ["1", "b"],
                "data": [{"type": "image", "value": "data:image/png;base64,AA"}, "b"]}  # fmt: skip
    for name, labels in contents.items():
        write_labels(labels, f"{name}.json")
    told = jsdf(*wrong).stderr
    assert advice in told
    assert not PYTHON_TERMS.search(told)
    if right is not None:
        done = jsdf(*right)
        assert (done.exit_code, "warning" in done.stderr) == (0, False), done.stderr


def test_rows_that_were_refused_before_are_asked_again_by_an_option(workdir, serve):
    service = serve(poison=["text 1"])
    jsdf(*command(file=write_texts(3)))
    told = jsdf(*command()).stderr
    assert "--retry asks again" in told
    assert not PYTHON_TERMS.search(told)
    service.poison = set()
    assert len(jsdf(*command("--retry")).stderr.splitlines()) >= 1


def test_a_warning_is_printed_once_and_in_the_same_terms(workdir, serve):
    serve()
    write("addresses.csv", ADDRESSES)
    told = jsdf("plan", "addresses.csv", *OPTIONS).stderr
    assert told.count("warning") == len(told.splitlines()) == 1
    assert "pass --kind image if they are images, or --kind text if they are not" in told


TAGS = "".join(f"<img src='https://example.com/{i}.jpg'>\n" for i in range(3))
DISGUISES = {
    "an image's tag in HTML": ("text\n" + TAGS, "write each image's address or path in the file"),
    "an image in Markdown": (
        "text\n![a](https://example.com/a.jpg)\n",
        "write each image's address or path in the file",
    ),
    "an image's address with blanks in it": (
        "text\nhttps://example.com/a.jpg?name=a b\n",
        "write %20 for each blank in the file",
    ),
}


@pytest.mark.parametrize("form", DISGUISES)
def test_images_in_disguise_are_told_in_terms_of_the_file(workdir, serve, form):
    serve()
    content, advice = DISGUISES[form]
    write("in.csv", content)
    told = jsdf("plan", "in.csv", *OPTIONS).stderr
    assert f"like {form}, for example" in told
    assert told.endswith(f"; {advice} if they are images, or pass --kind text if they are not\n")
    addresses = re.findall(r"https:[^'\")\n]*", content)
    write("in.csv", "\n".join(["text", *(address.replace(" ", "%20") for address in addresses)]))
    assert jsdf("plan", "in.csv", *OPTIONS, "--kind", "image").stderr == ""


@pytest.mark.parametrize(
    ("message", "printed"),
    [
        ("kind='text' or kind=\"image\"", "--kind text or --kind image"),
        ("pass kind= if this was detected wrongly", "pass --kind if this was detected wrongly"),
        ("task='two words' has no effect", "--task 'two words' has no effect"),
        ("max_requests=2 was reached", "--max-requests 2 was reached"),
        ('errors="coerce" keeps going', "--errors coerce keeps going"),
        ("mankind='x'", "mankind='x'"),
        ("set JIGSAWSTACK_API_KEY or pass jsdf.Hosted(api_key=...)", "set JIGSAWSTACK_API_KEY"),
        ("jsdf.last_run().retry() asks again", "--retry asks again"),
        ("run.retry() asks again", "--retry asks again"),
        ("set base_url to the service's own URL", "set JIGSAWSTACK_API_URL to the service's own URL"),
        ("check base_url (JIGSAWSTACK_API_URL) and the network", "check JIGSAWSTACK_API_URL and the network"),
        ("check base_url='http://x.org' (JIGSAWSTACK_API_URL)", "check JIGSAWSTACK_API_URL='http://x.org'"),
        ("base_url='x': use a URL (see y) (JIGSAWSTACK_API_URL)", "JIGSAWSTACK_API_URL='x': use a URL (see y)"),
        ("check JIGSAWSTACK_API_KEY or api_key (x)", "check JIGSAWSTACK_API_KEY (x)"),
        ("nothing of this", "nothing of this"),
    ],
)  # fmt: skip
def test_terms(message, printed):
    assert in_option_terms(message) == printed


NAMES = ["cache=False", "api_key", "run.retry()", "kind='x'", "task=x", "base_url"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_user_are_printed_as_they_are(workdir, serve, name):
    serve()
    write("in.csv", f"{name},n\nx,1\n")
    assert jsdf("plan", "in.csv", *OPTIONS).stderr == (
        f"jsdf: in.csv has no column 'text'; its columns are {name!r}, 'n'\n"
    )
    assert jsdf("plan", f"{name}.csv", *OPTIONS).stderr == f"jsdf: {name}.csv does not exist\n"
    assert jsdf("plan", "in.csv", *OPTIONS, "--separator", name).stderr.startswith(f"jsdf: --separator {name!r}: ")
    done = jsdf("classify", "in.csv", "-c", name, "-l", name, "-l", "b", "-o", f"{name}.csv")
    assert f"wrote {name}.csv\njsdf: labels: {name} " in done.stderr


#: Modules whose messages the command line does not print, since it checks their arguments itself or has none of them.
UNREACHABLE = (
    *("cli/", "display/", "server/", "testing/", "engines/local/huggingface/", "runner/loops/"),
    *("config.py", "__init__.py", "labels/label_set.py", "api/confirmation.py", "spark/", "dask.py", "distributed/"),
)
#: Messages about arguments that the command line does not have, or checks itself.
UNREACHABLE_MESSAGES = (
    *("engine=", "column=", "check=", "progress=", "errors='X'", "kind='X'", "windows=", "headers: "),
    *("a run loaded from a pickle", "this engine comes from a pickle", "the engine returned"),
    *(
        "jsdf.image(",
        "pass what its",
        "; pass what its",
        "pass file.",
        "series.",
        ".str.replace",
        "labels: 'X' is described by",
    ),
    *("the store X cannot be used: X; start the server",),  # jsdf.options.store is a setting of Python alone
    *("call jsdf.spark.classify", "X, or make a Dask DataFrame", "import jsdf.dask", "pass a DataFrame, as spark"),
    "pass the DataFrame and the name of its column",
    "the number of rows is not known before",  # jsdf.options.confirm_above is a setting of Python alone
    *("a cascade draws its samples", "this cascade was fitted on", "cheap='X' costs"),  # of streams and of fitted ones
    *("X of X rows are answered", "X answered", "X rows are pending", "X of X rows have no label", "X no label"),
)


def messages():
    """The sentences in the code of the package that are no docstrings, with X for each inserted value."""
    root = Path(package.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if not path.relative_to(root).as_posix().startswith(UNREACHABLE):
            tree = ast.parse(path.read_text("utf-8"))
            statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
            found = (text_of(node) for node in ast.walk(tree) if id(node) not in statements | parts)
            yield from (text for text in found if text is not None and " " in text)


def text_of(node):
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.FormattedValue):
        return "'X'" if node.conversion == ord("r") else "X"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_message_that_can_be_printed_is_free_of_python():
    found = list(messages())
    assert len(found) > 300
    printed = [in_option_terms(text) for text in found if not text.startswith(UNREACHABLE_MESSAGES)]
    assert [text for text in printed if PYTHON_TERMS.search(text)] == []
    variables = ("JIGSAWSTACK_API_KEY", "JIGSAWSTACK_API_URL")
    assert [text for text in printed if any(text.count(name) > 1 for name in variables)] == []
