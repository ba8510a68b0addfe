"""`--labels FILE.json` holds labels with descriptions, example images or both."""

import shlex
from pathlib import Path

import pytest
from command_line import jsdf, write_colour_images, write_labels, write_texts

from jsdf.cli.label_files import labels_file


def read_labels(labels, name="labels.json"):
    return labels_file.read_labels((), Path(write_labels(labels, name)))


def test_example_images_are_relative_to_the_labels_file():
    labels = read_labels(
        {
            "red": {"image": "red.png"},
            "blue": [{"image": "more/blue.png", "text": "the sky"}, "blue"],
            "home": [{"image": "~/x.png"}, {"image": "/x.png"}],
            "far": [{"image": "https://example.com/x.png"}, {"image": "data:image/png;base64,AA"}],
        },
        "sets/labels.json",
    )
    images = [(label.value, label.name, label.text) for label in labels if label.type == "image"]
    assert images == [
        (str(Path("sets/red.png")), "red", None),
        (str(Path("sets/more/blue.png")), "blue", "the sky"),
        ("~/x.png", "home", None),
        ("/x.png", "home", None),
        ("https://example.com/x.png", "far", None),
        ("data:image/png;base64,AA", "far", None),
    ]
    assert [label.value for label in labels if label.type == "text"] == ["blue"]


def test_images_in_the_services_form_are_relative_to_the_file_too():
    content = [{"key": "a", "type": "image", "value": "a.png"}, {"key": "b", "value": "b"}, "c"]
    assert [(label.name, label.value) for label in read_labels(content, "sets/l.json")] == [
        ("a", str(Path("sets/a.png"))),
        ("b", "b"),
        ("c", "c"),
    ]


def test_example_images_label_a_column(workdir, offline, monkeypatch):
    write_colour_images(workdir / "data")
    write_labels({"red": {"image": "red.png"}, "blue": [{"image": "blue.png"}]}, "data/labels.json")
    monkeypatch.chdir(workdir / "data")
    result = jsdf("classify", "in.csv", "-c", "p", "--labels", "labels.json", "--engine", "local", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "p,label\nrose.png,red\nsky.png,blue\n"


FORMS = 'use a text, {"image": "PATH"}, or a list of them'


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        ({"red": 5, "b": "x"}, f"'red' is described by 5; {FORMS}"),
        ({"red": None, "b": "x"}, f"'red' is described by null; {FORMS}"),
        ({"red": ["x", ["y"]], "b": "x"}, f"'red' is described by [\"y\"]; {FORMS}"),
        ({"red": {"img": "x.png"}, "b": "x"}, f"'red' is described by {{\"img\": \"x.png\"}}; {FORMS}"),
        ({"red": {"image": ""}, "b": "x"}, f"'red' is described by {{\"image\": \"\"}}; {FORMS}"),
        ({"a": {"image": "x", "text": 5}, "b": "x"}, f"'a' is described by {{\"image\": \"x\", \"text\": 5}}; {FORMS}"),
        ([{"image": "x.png"}, "b"], 'an example image needs a label: {"red": {"image": "red.png"}, ...}'),
    ],
)  # fmt: skip
def test_invalid_descriptions_are_quoted_as_in_the_file(workdir, labels, line):
    result = jsdf("plan", write_texts(1), "-c", "text", "--labels", write_labels(labels))
    assert (result.exit_code, result.stderr) == (1, f"jsdf: labels.json: {line}\n")


def test_paths_read_as_text_are_reported_in_the_form_of_their_source(workdir, serve):
    serve()
    labels = write_labels({"red": "red.png", "blue": ["x", "blue.jpg"]})
    result = jsdf("classify", write_texts(1), "-c", "text", "--labels", labels, "-q")
    assert result.stderr == (
        'jsdf: warning: labels.json: "red.png" (and 1 more) is read as text; write {"image": "red.png"} '
        "if it is an image\n"
    )
    result = jsdf("plan", "in.csv", "-c", "text", "-l", "red.png", "-l", "blue")
    assert result.stderr == (
        'jsdf: warning: --label "red.png" is read as text; pass example images by --labels FILE.json, '
        'as {"red": {"image": "red.png"}}\n'
    )


def test_the_help_explains_example_images():
    help_text = " ".join(jsdf("classify", "--help").stdout.split())
    assert '{"image": "PATH"}' in help_text
    assert "paths start in the current directory" in help_text


@pytest.mark.parametrize("given", ["good,bad", "good, not so good", "a,b,c"])
def test_names_instead_of_a_file_get_the_options_that_hold_them(workdir, given):
    write_texts(2)
    result = jsdf("plan", "in.csv", "-c", "text", "--engine", "local", "--labels", given)
    assert result.exit_code == 1
    advice = result.stderr.partition("there is no such file; pass names as ")[2]
    assert jsdf("plan", "in.csv", "-c", "text", "--engine", "local", *shlex.split(advice)).exit_code == 0


def test_a_missing_labels_file_is_named(workdir):
    write_texts(2)
    result = jsdf("plan", "in.csv", "-c", "text", "--engine", "local", "--labels", "labels.json")
    assert "--labels labels.json: there is no such file; it takes a JSON file of labels" in result.stderr
