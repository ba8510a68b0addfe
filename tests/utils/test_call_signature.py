"""A call that does not fit is explained, with the argument that was meant, and no frame keeps the arguments."""

import inspect

import pytest
from exception_texts import everything_of

from jsdf.utils.call_signature import class_or_instance_method, did_you_mean, explain_misfits


class Tool:
    @explain_misfits
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
    [
        ("color", "; did you mean 'colour'?"),
        ("SIZES", "; did you mean 'size'?"),
        ("weight", "; it takes size, colour"),
        ("self", "; it takes size, colour"),
    ],
)
def test_a_wrong_argument_is_named(name, hint):
    with pytest.raises(TypeError) as caught:
        Tool(1, **{name: "s3cret"})
    assert str(caught.value) == f"Tool() got an unexpected keyword argument {name!r}{hint}"
    assert "s3cret" not in everything_of(caught.value)


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((), {}, "Tool() needs size=..."),
        ((1, "s3cret"), {}, "Tool() takes 1 by position (size), not 2; pass the others by name, as in colour=..."),
        (("s3cret",), {"size": 2}, "Tool() got size twice, by position and as size=..."),
    ],
)
def test_other_misfits_are_explained(arguments, named, message):
    with pytest.raises(TypeError) as caught:
        Tool(*arguments, **named)
    assert str(caught.value) == message
    assert "s3cret" not in everything_of(caught.value)


def test_errors_of_the_method_itself_pass_and_show_no_argument():
    with pytest.raises(ValueError, match="no colour") as caught:
        Tool("s3cret", colour="none")
    assert "s3cret" not in everything_of(caught.value)


def test_the_hint_names_the_closest_one():
    assert did_you_mean("labels", ["label", "labels_", "other"]) == "; did you mean 'labels_'?"
    assert did_you_mean("q", ["label"]) == ""


def test_a_method_of_class_or_instance():
    class Pot:
        def __init__(self, size=1):
            self.size = size

        @class_or_instance_method
        def filled(self, factor, *, unit="l"):
            """Fill it."""
            return f"{self.size * factor} {unit}"

    assert Pot.filled(3) == "3 l"
    assert Pot(2).filled(3, unit="ml") == "6 ml"
    assert Pot.filled.__doc__ == "Fill it."
    assert list(inspect.signature(Pot.filled).parameters) == ["factor", "unit"]
    with pytest.raises(TypeError, match=r"^Pot.filled\(\) got an unexpected .* 'units'; did you mean 'unit'"):
        Pot.filled(3, units="ml")
