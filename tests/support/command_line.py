"""The command line in this process and in a child, and files for it."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
from click.testing import CliRunner
from PIL import Image

from jsdf import cli

AB = ("--label", "a", "--label", "b")
ASK = ("--column", "text", *AB)
CSV = "id,text,other\n007,NA,1.10\n008,null,\n009,,x\n010,great,\n"


def jsdf(*words, **more):
    """Run a command in this process."""
    result = CliRunner().invoke(cli.main, [str(w) for w in words], **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def texts(n, name="in.csv"):
    pd.DataFrame({"text": [f"text {i}" for i in range(n)]}).to_csv(name, index=False)
    return name


def colours(folder):
    """Two example images, and a table of two images like them."""
    folder.mkdir(exist_ok=True)
    for name, colour in [("red", "#e01010"), ("blue", "#1010e0"), ("rose", "#d02020"), ("sky", "#2020d0")]:
        Image.new("RGB", (64, 64), colour).save(folder / f"{name}.png")
    pd.DataFrame({"p": ["rose.png", "sky.png"]}).to_csv(folder / "in.csv", index=False)


def write_labels(labels, name="labels.json"):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(json.dumps(labels))
    return name


CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.argv[0] = 'jsdf'; from jsdf.cli import main; main()"
)


def child(*words, **more):
    """A process with Python's own handling of SIGINT, whatever this one has inherited."""
    return subprocess.Popen([sys.executable, "-c", CHILD, *words], text=True, **more)
