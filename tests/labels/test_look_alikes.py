"""Labels that can hardly be told apart give one warning, which shows both so that their difference is visible."""

import re

import pytest

import jsdf
from jsdf.labels import parse

ALIKE = {
    "case": (["Good", "good", "bad"], "'Good' and 'good' differ only by case"),
    "case of more": (["STRASSE", "stra\xdfe"], "'STRASSE' and 'stra\xdfe' differ only by case"),
    "blanks around": (["good", " good"], "'good' and ' good' differ only by blanks"),
    "blanks within": (["so so", "so  so"], "'so so' and 'so  so' differ only by blanks"),
    "no blank": (["not ok", "notok"], "'not ok' and 'notok' differ only by blanks"),
    "another blank": (["so so", "so\xa0so"], "'so so' and 'so\\xa0so' differ only by blanks"),
    "a line break": (["so so", "so\nso"], "'so so' and 'so\\nso' differ only by blanks"),
    "composed": (["caf\xe9", "cafe\u0301"], "'caf\\xe9' and 'cafe\\u0301' differ only by their Unicode form"),
    "full width": (
        ["ABC", "\uff21\uff22\uff23"],
        "'ABC' and '\\uff21\\uff22\\uff23' differ only by their Unicode form",
    ),
    "a ligature": (["fine", "\ufb01ne"], "'fine' and '\\ufb01ne' differ only by their Unicode form"),
    "invisible": (["good", "go\u200bod"], "'good' and 'go\\u200bod' differ only by invisible characters"),
    "a byte order mark": (["\ufeffgood", "good"], "'\\ufeffgood' and 'good' differ only by invisible"),
    "a soft hyphen": (["good", "go\xadod"], "'good' and 'go\\xadod' differ only by invisible characters"),
    "a variation selector": (["\u2764", "\u2764\ufe0f"], "'\\u2764' and '\\u2764\\ufe0f' differ only by invisible"),
    "a filler": (["good", "good\u3164"], "'good' and 'good\\u3164' differ only by invisible characters"),
    "several": (["Cafe\u0301 ", "caf\xe9"], "differ only by case, blanks or their Unicode form"),
    "two pairs": (["A", "a", "B", "b"], "'A' and 'a' (and 1 more) differ only by case"),
    "descriptions": ({"a": "It is liked", "b": "it is liked"}, "'It is liked' and 'it is liked' differ only by case"),
    "a name and a description": ({"Good": "x", "b": "good"}, "'Good' and 'good' differ only by case"),
    "keys": ([jsdf.Label("x", key="A"), jsdf.Label("y", key="a")], "'A' and 'a' differ only by case"),
}


@pytest.mark.parametrize(("labels", "message"), ALIKE.values(), ids=ALIKE)
def test_labels_that_look_alike_give_one_warning(labels, message):
    with pytest.warns(UserWarning, match=re.escape(message)) as caught:
        found = parse(labels)
    assert len(found) >= 2
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert str(caught[0].message).startswith("labels: ")


DIFFERENT = [
    ["good", "bad"],
    ["+", "-"],
    ["hotdog", "not a hotdog"],
    ["1", "2", "12"],
    ["caf\xe9", "cafe"],
    ["\u65e5\u672c", "\u65e5"],
    ["\U0001f600", "\U0001f601"],
    {"a": ["x", "both"], "b": ["y", "both"]},
    {"good": "Good", "bad": "BAD"},
]


@pytest.mark.parametrize("labels", DIFFERENT, ids=str)
def test_other_labels_give_none(labels):
    assert len(parse(labels)) >= 2  # warnings are errors here


def test_a_long_label_is_shortened():
    with pytest.warns(UserWarning, match="differ only by case") as caught:
        parse(["x" * 10_000 + "a", "x" * 10_000 + "A"])
    assert len(str(caught[0].message)) < 400
