"""A misspelled keyword argument is refused with the name that was meant, and no frame keeps the arguments."""

import inspect

import pytest
from exception_texts import everything_of

from jsdf.utils.argument_names import did_you_mean, suggest_arguments, unexpected_argument


class Tool:
    @suggest_arguments
    def __init__(self, size, *, colour="red"):
        """Keep the arguments."""
        if colour == "none":
            raise ValueError("no colour")
        self.given = size, colour


def test_right_arguments_pass():
    assert Tool(1).given == (1, "red")
    assert Tool(size=2, colour="blue").given == (2, "blue")
    assert list(inspect.signature(Tool).parameters) == ["size", "colour"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("color", "; did you mean 'colour'?"), ("SIZES", "; did you mean 'size'?"), ("weight", ""), ("self", "")],
)
def test_a_wrong_argument_is_named(name, hint):
    with pytest.raises(TypeError) as caught:
        Tool(1, **{name: "s3cret"})
    assert str(caught.value) == f"Tool() got an unexpected keyword argument {name!r}{hint}"
    assert "s3cret" not in everything_of(caught.value)


def test_errors_of_the_method_itself_pass_and_show_no_argument():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'size'"):
        Tool()
    with pytest.raises(ValueError, match="no colour") as caught:
        Tool("s3cret", colour="none")
    assert "s3cret" not in everything_of(caught.value)


def test_the_hint_names_up_to_two():
    assert did_you_mean("labels", ["label", "labels_", "other"]) == "; did you mean 'labels_' or 'label'?"
    assert did_you_mean("q", ["label"]) == ""
    assert str(unexpected_argument("f", "x", [])) == "f() got an unexpected keyword argument 'x'"
