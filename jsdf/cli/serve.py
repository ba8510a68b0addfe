"""The command `jsdf serve`: check that the extra `server` is installed, then start the server."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from jsdf.cli.group import main
from jsdf.config import ENGINE_NAMES
from jsdf.errors import InvalidInputError, MissingExtraError
from jsdf.utils.process.standard_streams import discard

_REQUIRED_MODULES = ("fastapi", "uvicorn", "python_multipart")
#: Names of engines that are none for a server.
_REFUSED_ENGINES = tuple(name for name in ENGINE_NAMES if name != "local")


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Name or address to listen on.")
@click.option("--port", default=8808, show_default=True, type=click.IntRange(0, 65_535), help="0 for a free one.")
@click.option("--api-key", "key", envvar="JSDF_SERVER_KEY", metavar="KEY",
              help="The key that clients must send. JSDF_SERVER_KEY is safer: other users can see the arguments of a "
                   "command. Required unless --host is an address of this machine alone.")  # fmt: skip
@click.option(
    "--rate",
    default=50,
    show_default=True,
    type=click.IntRange(0),
    help="Requests a second of each client, 0 for no limit.",
)
@click.option(
    "--engine",
    metavar="FILE",
    help="Serve the engine of a file that LearnedLocal.save wrote; by default, or with local, the local engine.",
)
def serve_(host: str, port: int, key: str | None, rate: int, engine: str | None) -> None:
    """Serve JigsawStack's classification API and file store on this machine, with the local engine."""
    if not all(find_spec(name) is not None for name in _REQUIRED_MODULES):
        raise MissingExtraError('the server is not installed; run pip install "jsdf[server]"')
    from jsdf.engines.local import Local
    from jsdf.server.serve import serve

    if engine in _REFUSED_ENGINES:
        raise InvalidInputError(
            f"--engine {engine}: the server answers single requests on this machine; pass --engine local, or a file "
            "that LearnedLocal.save wrote"
        )
    serve(host, port, key, rate, _announce, Local() if engine in (None, "local") else Local.load(Path(engine)))


def _announce(line: str) -> None:
    """Print where the server is; it serves without a standard output too."""
    try:
        click.echo(line)
    except BrokenPipeError:  # whoever started it has gone
        raise
    except OSError:
        discard(sys.stdout)
