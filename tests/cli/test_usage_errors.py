"""Options that a command does not have: the hint is the option or the command that was meant, or there is none."""

import pytest
from command_line import OPTIONS, jsdf, write_texts


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("plan", "--out", "x.csv"), "`jsdf plan` has no option --out, which is one of `jsdf classify`"),
        (("plan", "-o", "x.csv"), "`jsdf plan` has no option -o, which is one of `jsdf classify`"),
        (("plan", "--retry"), "`jsdf plan` has no option --retry, which is one of `jsdf classify`"),
        (("classify", "--check"), "`jsdf classify` has no option --check, which is one of `jsdf plan`"),
        (("classify", "--port", "1"), "`jsdf classify` has no option --port, which is one of `jsdf serve`"),
        (("classify", "--output", "x.csv"), "`jsdf classify` has no option --output; did you mean --out?"),
        (("classify", "--seperator", ";"), "`jsdf classify` has no option --seperator; did you mean --separator?"),
        (("classify", "--lable", "x"), "`jsdf classify` has no option --lable; did you mean --label?"),
        (("plan", "--verbose"), "`jsdf plan` has no option --verbose; see `jsdf plan --help`"),
        (("plan", "-x"), "`jsdf plan` has no option -x; see `jsdf plan --help`"),
    ],
)
def test_the_hint_helps_or_is_absent(workdir, arguments, line):
    name, *option = arguments
    result = jsdf(name, write_texts(1), *OPTIONS, *option)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"jsdf: {line}\n")


def test_options_of_the_group_and_of_nested_commands(workdir):
    assert jsdf("--verbose").stderr == "jsdf: `jsdf` has no option --verbose; see `jsdf --help`\n"
    assert jsdf("cache", "info", "--yes").stderr == (
        "jsdf: `jsdf cache info` has no option --yes, which is one of `jsdf cache clear`\n"
    )
    assert jsdf("nothing").stderr.startswith("jsdf: No such command 'nothing'")
