"""Paths with a home directory, and what is no path."""

from pathlib import Path

import pytest

from jsdf.utils.paths import expand_path


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("~", ()),
        ("~/a", ("a",)),
        ("~/a b/\u00e4.csv", ("a b", "\u00e4.csv")),
        (Path("~/a"), ("a",)),
        ("~/../x", ("..", "x")),
    ],
)
def test_a_leading_tilde_is_the_home_directory(home, given, parts):
    assert expand_path(given) == home.joinpath(*parts)


@pytest.mark.parametrize("given", ["a", "a/~", "./~/a", "/a/~b", " ~/a", "a~", ".", "$HOME/a", "%41"])
def test_other_paths_stay_as_they_are(home, given):
    assert expand_path(given) == Path(given)
    assert expand_path(Path("/", given)) == Path("/", given)


@pytest.mark.parametrize("given", ["~no_such_user_here", "~no_such_user_here/a", "~no such user/x"])
def test_a_home_directory_of_nobody_is_named(home, given):
    with pytest.raises(LookupError, match="no home directory for '~no"):
        expand_path(given)


@pytest.mark.parametrize("given", ["", "\0", "a\0b", "~/\0", "\ud800"])
def test_what_can_be_no_path_is_refused(home, given):
    with pytest.raises(ValueError, match=r"no path|surrogate"):
        expand_path(given)


@pytest.mark.parametrize("given", [None, 3, 2.5, ["a"], {"a": 1}])
def test_what_is_no_path_by_its_type_is_refused(given):
    with pytest.raises(TypeError):
        expand_path(given)
