"""Labelled images from two Debian packages; the labels are the authors' names of folders and files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from jsdf.engines.local.image_classifier import ImageClassifier
from jsdf.images import open_picture

STAMPS = Path("/usr/share/tuxpaint/stamps")
GCOMPRIS = Path("/usr/share/gcompris-qt/rcc")
_COMPRESSED, _FOLDER = 1, 2


@dataclass(frozen=True)
class LabelledImages:
    """A data set of images with their labels."""

    name: str
    images: tuple[Image.Image, ...]
    truth: tuple[str, ...]
    #: True if constants of the engine were chosen on these images.
    is_tuned: bool = False

    @property
    def labels(self) -> list[str]:
        return sorted(set(self.truth))


def stamps(folder: Path = STAMPS) -> list[LabelledImages]:
    """Return data sets of Tux Paint's stamps, photos and drawings, each labelled with the name of its folder."""
    files = [(path, path.relative_to(folder).parts) for path in sorted(folder.rglob("*.png"))]

    def select(
        name: str, level: int, labels: dict[str, str], *parents: str, with_drawings: bool = True
    ) -> LabelledImages:
        rows = [
            (path, labels[parts[level]])
            for path, parts in files
            if parts[: len(parents)] == parents and parts[level] in labels and (with_drawings or "cartoon" not in parts)
        ]
        images = tuple(_open(path.read_bytes()) for path, _ in rows)
        return LabelledImages(name, images, tuple(label for _, label in rows))

    six = _same("animals clothes food household plants vehicles")
    groups = _same("amphibians birds fish insects mammals") | {
        "marsupials": "mammals",
        "lizards": "reptiles",
        "dinosaur": "reptiles",
    }
    narrow = {"birds": "bird", "insects": "insect", "fish": "fish", "mammals": "mammal", "lizards": "lizard"}
    mammals = _same("apes bears bovines cats deer dogs equines rodents")
    return [
        select("stamps: six folders", 0, six),
        select("stamps: six folders, photos", 0, six, with_drawings=False),
        select("stamps: animals", 1, groups, "animals"),
        select("stamps: animals with dinosaurs", 1, narrow | {"dinosaur": "dinosaur"}, "animals"),
        select("stamps: mammals", 2, mammals, "animals", "mammals"),
        select("stamps: food", 1, _same("fruit nuts vegetables"), "food"),
    ]


def gcompris(folder: Path = GCOMPRIS) -> list[LabelledImages]:
    """Return data sets of GCompris' images, from its activities about words, categories and animals."""
    activities = ("categorization", "clickgame", "erase", "explore_farm_animals", "explore_monuments")
    activities += ("explore_world_animals", "lang")
    contents = {
        name: content
        for activity in activities
        for name, content in resources(folder / f"{activity}.rcc")
        if name.endswith(".webp")
    }
    sets = []
    for name, labels in _gcompris_labels(contents).items():
        images = tuple(_open(contents[path]) for path in labels)
        sets.append(LabelledImages(f"gcompris: {name}", images, tuple(labels.values()), is_tuned=True))
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


def _gcompris_labels(paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the label of each path, by task."""
    tasks: dict[str, dict[str, str]] = {"five categories": {}, "animals": {}, "tools": {}, "energy": {}}
    for path in sorted(paths):
        activity, folder, name = path.split("/")[0], *path.split("/")[-2:]
        stem = name.removesuffix(".webp")
        base = stem.rstrip("0123456789")
        group = _animal_group(activity, folder, stem)
        task_labels = {
            "five categories": "animal" if group else _other_category(activity, folder, stem),
            "animals": group,
            "tools": _TOOLS.get(base) if folder == "tools" else None,
            "energy": _ENERGY.get(base) if folder == "renewable" else None,
        }
        for task, label in task_labels.items():
            if label is not None:
                tasks[task][path] = label
    return tasks


def _animal_group(activity: str, folder: str, stem: str) -> str | None:
    """Return the group of an animal, or None if the image shows no animal."""
    if folder == "fishes" or (activity == "clickgame" and not stem.startswith(("sea", "teeth"))):
        return "fish"
    is_named = activity in ("erase", "lang", "explore_farm_animals", "explore_world_animals")
    return next((group for group, names in _GROUPS.items() if is_named and stem in names.split()), None)


def _other_category(activity: str, folder: str, stem: str) -> str | None:
    """Return the category of an image that shows no animal, or None if it is in none."""
    if folder == "tools":
        return "tool"
    if folder == "monuments" or activity == "explore_monuments":
        return "building"
    if activity == "lang" and stem in _FRUIT.split():
        return "fruit"
    return "household object" if folder == "others" and stem in _OBJECTS.split() else None


def resources(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names ("activity/.../name") and contents of the files in a Qt resource file.

    The layout is that of Qt's `qresource.cpp`: a header with the offsets of a tree, of names and of contents. zstd
    compression is not supported; no image uses it.
    """
    file = path.read_bytes()
    version, tree, data, names = struct.unpack(">IIII", file[4:20])
    size = 22 if version >= 2 else 14

    def entries(position: int, parent: str) -> Iterator[tuple[str, bytes]]:
        start = tree + position * size
        name_at, flags = struct.unpack(">IH", file[start : start + 6])
        length = struct.unpack(">H", file[names + name_at : names + name_at + 2])[0]
        text = file[names + name_at + 6 : names + name_at + 6 + 2 * length].decode("utf-16-be") if position else ""
        name = f"{parent}/{text}" if parent else text
        if flags & _FOLDER:
            count, first = struct.unpack(">II", file[start + 6 : start + 14])
            for child in range(first, first + count):
                yield from entries(child, name)
            return
        offset = data + struct.unpack(">I", file[start + 10 : start + 14])[0]
        length = struct.unpack(">I", file[offset : offset + 4])[0]
        content = file[offset + 4 : offset + 4 + length]
        if flags & _COMPRESSED:
            content = zlib.decompress(content[4:])
        yield f"{path.stem}/{name}", content

    yield from entries(0, "")


def _open(content: bytes) -> Image.Image:
    return open_picture(content, min_side=ImageClassifier.min_side, allow_larger=True)


def _same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}
