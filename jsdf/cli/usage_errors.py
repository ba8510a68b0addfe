"""Messages for options that a command does not have, and other mistakes in its arguments."""

from __future__ import annotations

from difflib import get_close_matches

import click

#: Similarity from which one option is a plausible spelling of another: `--output` of `--out`, not of `--column`.
_MIN_SIMILARITY = 0.75


def describe_usage_error(error: click.UsageError) -> str:
    """Return one line about a mistake in the arguments, with a hint at the option that was meant or at the help."""
    context = error.ctx
    help_hint = "" if context is None else f"; see `{context.command_path} --help`"
    if isinstance(error, click.NoSuchOption) and context is not None:
        hint = _option_hint(error.option_name, context) or help_hint
        return f"`{context.command_path}` has no option {error.option_name}{hint}"
    return error.format_message().rstrip(".") + help_hint


def _option_hint(name: str, context: click.Context) -> str:
    """Return a hint at the command that has this option, or at an option with a similar name; else ""."""
    own = _option_names(context.command)
    group = None if context.parent is None else context.parent.command
    others = group.commands if isinstance(group, click.Group) else {}
    owner = next((other for other, command in others.items() if name in _option_names(command)), None)
    if owner is not None and context.parent is not None:
        return f", which is one of `{context.parent.command_path} {owner}`"
    similar = get_close_matches(name, own, 1, _MIN_SIMILARITY)
    return f"; did you mean {similar[0]}?" if similar else ""


def _option_names(command: click.Command) -> list[str]:
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return [name for option in options for name in (*option.opts, *option.secondary_opts)]
