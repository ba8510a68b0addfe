"""Run the command line in this process or in a child process, and write files for it."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
from click.testing import CliRunner
from PIL import Image

from jsdf import cli

LABELS_AB = ("--label", "a", "--label", "b")
OPTIONS = ("--column", "text", *LABELS_AB)
CSV = "id,text,other\n007,NA,1.10\n008,null,\n009,,x\n010,great,\n"


def jsdf(*arguments, **more):
    """Run a command in this process."""
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments], **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write_texts(n, name="in.csv"):
    pd.DataFrame({"text": [f"text {i}" for i in range(n)]}).to_csv(name, index=False)
    return name


def write_colour_images(folder):
    """Write two example images, and a table of two similar images."""
    folder.mkdir(exist_ok=True)
    for name, colour in [("red", "#e01010"), ("blue", "#1010e0"), ("rose", "#d02020"), ("sky", "#2020d0")]:
        Image.new("RGB", (64, 64), colour).save(folder / f"{name}.png")
    pd.DataFrame({"p": ["rose.png", "sky.png"]}).to_csv(folder / "in.csv", index=False)


def write_labels(labels, name="labels.json"):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(json.dumps(labels))
    return name


CHILD_CODE = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.argv[0] = 'jsdf'; from jsdf.cli import main; main()"
)


def child(*arguments, **more):
    """Start a child process with Python's own handling of SIGINT, which this process may not have inherited."""
    return subprocess.Popen([sys.executable, "-c", CHILD_CODE, *arguments], text=True, **more)
