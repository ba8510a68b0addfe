"""Labelled pictures out of two Debian packages, by the folders and names that their authors gave them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from jsdf.engines.local.image_classifier import ImageClassifier
from jsdf.images import open_picture

STAMPS = Path("/usr/share/tuxpaint/stamps")
GCOMPRIS = Path("/usr/share/gcompris-qt/rcc")
_COMPRESSED, _FOLDER = 1, 2


@dataclass(frozen=True)
class Pictures:
    """Pictures with the label of each, and the labels to choose from."""

    name: str
    pictures: tuple[Image.Image, ...]
    truth: tuple[str, ...]
    #: True where constants of the engine were chosen on these pictures.
    tuned: bool = False

    @property
    def labels(self) -> list[str]:
        return sorted(set(self.truth))


def stamps(folder: Path = STAMPS) -> list[Pictures]:
    """Tux Paint's stamps, drawings among them, each labelled by the name of its folder."""
    files = [(path, path.relative_to(folder).parts) for path in sorted(folder.rglob("*.png"))]

    def chosen(name: str, level: int, labels: dict[str, str], *under: str, drawn: bool = True) -> Pictures:
        rows = [
            (path, labels[parts[level]])
            for path, parts in files
            if parts[: len(under)] == under and parts[level] in labels and (drawn or "cartoon" not in parts)
        ]
        return Pictures(name, tuple(_opened(path.read_bytes()) for path, _ in rows), tuple(label for _, label in rows))

    six = _same("animals clothes food household plants vehicles")
    groups = _same("amphibians birds fish insects mammals") | {
        "marsupials": "mammals",
        "lizards": "reptiles",
        "dinosaur": "reptiles",
    }
    mammals = _same("apes bears bovines cats deer dogs equines rodents")
    return [
        chosen("stamps: six folders", 0, six),
        chosen("stamps: six folders, photos", 0, six, drawn=False),
        chosen("stamps: animals", 1, groups, "animals"),
        chosen("stamps: mammals", 2, mammals, "animals", "mammals"),
        chosen("stamps: food", 1, _same("fruit nuts vegetables"), "food"),
    ]


def gcompris(folder: Path = GCOMPRIS) -> list[Pictures]:
    """GCompris' pictures for learning words, sorting and looking at animals."""
    activities = ("categorization", "clickgame", "erase", "explore_farm_animals", "explore_monuments")
    activities += ("explore_world_animals", "lang")
    found = {
        name: content
        for activity in activities
        for name, content in resources(folder / f"{activity}.rcc")
        if name.endswith(".webp")
    }
    sets = []
    for name, labels in _gcompris_labels(found).items():
        pictures = tuple(_opened(found[path]) for path in labels)
        sets.append(Pictures(f"gcompris: {name}", pictures, tuple(labels.values()), tuned=True))
    return sets


_FRUIT = "apple apricot coconut kiwi lemon melon orange peach pear plum raspberry strawberry"
_GROUPS = {
    "mammal": "alpaca calf camels cheetah dolphin flying_fox gibbon giraffe goat gorilla horse kitten macaque meerkats"
    " long_nosed_monkey nubian_ibex pika red_panda rhinoceros squirrel cat cow dog pig sheep bison hedgehog jaguar"
    " kangaroo koala lemur moose narwhal panda polar_bear bear bull camel fox hippopotamus mouse rabbit whale wolf",
    "bird": "gosling heron kingfisher northern_harrier penguin spoonbills swans toucan chicken duck owl scarlet_macaw"
    " bird turkey",
    "insect": "bee butterfly caterpillar beetle bug mosquito flies",
    "reptile": "chamaeleon chameleon crocodile lizard snake turtle dragon",
}
_TOOLS = {
    "hammer": "hammer",
    "measuringTape": "tape measure",
    "multimeter": "multimeter",
    "plier": "pliers",
    "scissors": "scissors",
    "screwDriver": "screwdriver",
    "tweezer": "tweezers",
    "wrench": "wrench",
}
_OBJECTS = "bucket buffetset bulb chair cup knife pan pillow plate spoons"
_ENERGY = {"windmill": "windmill", "dam": "dam", "solar": "solar panel"}


def _gcompris_labels(found: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """Task -> path -> label."""
    tasks: dict[str, dict[str, str]] = {"five sorts": {}, "animals": {}, "tools": {}, "energy": {}}
    for path in sorted(found):
        activity, folder, name = path.split("/")[0], *path.split("/")[-2:]
        stem = name.removesuffix(".webp")
        plain = stem.rstrip("0123456789")
        group = _group(activity, folder, stem)
        given = {
            "five sorts": "animal" if group else _sort(activity, folder, stem),
            "animals": group,
            "tools": _TOOLS.get(plain) if folder == "tools" else None,
            "energy": _ENERGY.get(plain) if folder == "renewable" else None,
        }
        for task, label in given.items():
            if label is not None:
                tasks[task][path] = label
    return tasks


def _group(activity: str, folder: str, stem: str) -> str | None:
    """Which animal it is; None for none."""
    if folder == "fishes" or (activity == "clickgame" and not stem.startswith(("sea", "teeth"))):
        return "fish"
    named = activity in ("erase", "lang", "explore_farm_animals", "explore_world_animals")
    return next((group for group, names in _GROUPS.items() if named and stem in names.split()), None)


def _sort(activity: str, folder: str, stem: str) -> str | None:
    """What it is, beside animals; None for what is neither."""
    if folder == "tools":
        return "tool"
    if folder == "monuments" or activity == "explore_monuments":
        return "building"
    if activity == "lang" and stem in _FRUIT.split():
        return "fruit"
    return "household object" if folder == "others" and stem in _OBJECTS.split() else None


def resources(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a Qt resource file holds: "activity/.../name" -> content.

    The layout is that of Qt's `qresource.cpp`: a header with the offsets of a tree, of names and of contents. What is
    compressed with zstd is left out; no picture is.
    """
    file = path.read_bytes()
    version, tree, data, names = struct.unpack(">IIII", file[4:20])
    size = 22 if version >= 2 else 14

    def entries(position: int, above: str) -> Iterator[tuple[str, bytes]]:
        start = tree + position * size
        name_at, flags = struct.unpack(">IH", file[start : start + 6])
        length = struct.unpack(">H", file[names + name_at : names + name_at + 2])[0]
        text = file[names + name_at + 6 : names + name_at + 6 + 2 * length].decode("utf-16-be") if position else ""
        whole = f"{above}/{text}" if above else text
        if flags & _FOLDER:
            count, first = struct.unpack(">II", file[start + 6 : start + 14])
            for child in range(first, first + count):
                yield from entries(child, whole)
            return
        at = data + struct.unpack(">I", file[start + 10 : start + 14])[0]
        content = file[at + 4 : at + 4 + struct.unpack(">I", file[at : at + 4])[0]]
        if flags & _COMPRESSED:
            content = zlib.decompress(content[4:])
        yield f"{path.stem}/{whole}", content

    yield from entries(0, "")


def _opened(content: bytes) -> Image.Image:
    return open_picture(content, min_side=ImageClassifier.min_side, allow_larger=True)


def _same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}
