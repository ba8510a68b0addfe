"""The command `jsdf serve`."""

from __future__ import annotations

from importlib.util import find_spec

import click

from jsdf.cli.group import main
from jsdf.errors import MissingExtraError

_NEEDED = ("fastapi", "uvicorn", "python_multipart")


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Name or address to listen on.")
@click.option("--port", default=8808, show_default=True, type=click.IntRange(0, 65_535), help="0 for one that is free.")
@click.option("--api-key", "key", envvar="JSDF_SERVER_KEY", metavar="KEY",
              help="What clients must send. JSDF_SERVER_KEY is safer: others can see a command's arguments. "
                   "Needed unless only this machine is served.")  # fmt: skip
@click.option(
    "--rate", default=50, show_default=True, type=click.IntRange(0), help="Requests a second, 0 for no limit."
)
def serve_(host: str, port: int, key: str | None, rate: int) -> None:
    """Answer JigsawStack's classification API and file store on this machine, by the local engine."""
    if not all(find_spec(name) is not None for name in _NEEDED):
        raise MissingExtraError('the server is not installed; run pip install "jsdf[server]"')
    from jsdf.server.serve import serve

    serve(host, port, key, rate, click.echo)
