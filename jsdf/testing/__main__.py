"""`python -m jsdf.testing`: run the fake service as a separate process until Ctrl-C, SIGTERM or SIGHUP."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jsdf.testing import fault
from jsdf.testing.answers import digest
from jsdf.testing.service import FakeService
from jsdf.utils.process.standard_streams import discard, open_closed_streams
from jsdf.utils.process.stop_signals import STOP_SIGNALS, handle_signals

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from jsdf.testing.request_log import Record


@click.command()
@click.option("--port", default=0, show_default=True, help="Port to listen on, 0 for a free one.")
@click.option("--api-key", default="test-key", show_default=True, help="The API key that clients must send.")
@click.option("--rate", type=int, help="Requests a second; more get a 429. By default no limit.")
@click.option("--sliding", is_flag=True, help="Apply the rate to a sliding window instead of clock seconds.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds before each answer.")
@click.option("--faults", "share", default=0.0, show_default=True, help="Share of requests that fail, from 0 to 1.")
@click.option("--seed", default=0, show_default=True, help="Seed that selects the failing requests.")
@click.option("--poison", multiple=True, help="A value that makes its whole request fail; may be repeated.")
@click.option("--ledger", type=click.Path(dir_okay=False, path_type=Path),
              help="File to append one JSON line a request to.")  # fmt: skip
def main(
    port: int,
    api_key: str,
    rate: int | None,
    sliding: bool,
    latency: float,
    share: float,
    seed: int,
    poison: tuple[str, ...],
    ledger: Path | None,
) -> None:
    """Serve a fake of the classification service on 127.0.0.1 and print its URL as the first line."""
    stop = threading.Event()

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends the process at once
        stop.set()

    with handle_signals([signal.SIGINT, *STOP_SIGNALS], end), ExitStack() as stack:
        service = FakeService(
            api_key=api_key,
            rate=rate,
            sliding=sliding,
            latency=latency,
            faults=fault.mixture(share, seed),
            poison=poison,
            on_record=None if ledger is None else _writer(ledger, stack),
        )
        server = stack.enter_context(service.serve(port=port))
        click.echo(server.url)
        while not stop.wait(0.2):  # a timeout, since on some systems Ctrl-C cannot interrupt a wait without one
            pass


def _writer(path: Path, stack: ExitStack) -> Callable[[Record], None]:
    """Return a callback that appends a record to a file as one JSON line."""
    # Unbuffered: each line is one write, so a concurrent reader never sees part of a line.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    stack.callback(os.close, file)
    return lambda record: _write(file, record)


def _write(file: int, record: Record) -> None:
    line = {
        "number": record.number,
        "when": record.when,
        "status": record.status,
        "outcome": record.outcome,
        "samples": record.samples,
        "billed": [digest(value) for value in record.values] if record.billed else [],
    }
    os.write(file, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    open_closed_streams()
    try:
        main(prog_name="python -m jsdf.testing")
    except OSError as error:  # a port that is taken, or a standard output that does not take the URL
        with suppress(OSError):
            click.echo(f"jsdf.testing: {error.strerror or error}", err=True)
        discard(sys.stdout, sys.stderr)
        sys.exit(1)
