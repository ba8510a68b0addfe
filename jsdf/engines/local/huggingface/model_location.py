"""Where a model of the user's own is: a folder, or a snapshot in the hub library's cache."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jsdf.errors import InvalidInputError, ModelError

#: What a model is made of. Weights are safetensors alone: a pickle may run code when it is opened.
_SUFFIXES = (".json", ".txt", ".model", ".jinja", ".safetensors")
_PATTERNS = [f"*{suffix}" for suffix in _SUFFIXES]
#: The same weights for other libraries.
_ELSEWHERE = ["onnx/*", "openvino/*", "coreml/*"]
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_HUB_NAME = re.compile(rf"(?:{_PART}/)?{_PART}")
_BLOCK = 1 << 20
#: (path, size, modification time, inode) -> digest: reading a gigabyte takes a second, and `find` is called often.
_digests: dict[tuple[str, int, int, int], bytes] = {}


@dataclass(frozen=True)
class ModelLocation:
    """A model's folder.

    Args:
        name: As the caller gave it.
        path: The folder.
        identity: Changes when the model does: a folder's digest over the names and contents of its files,
            or a hub name with the commit of its snapshot.
    """

    name: str
    path: Path
    identity: str


def locate(model: str) -> ModelLocation:
    """The folder of a model; see `find` for what it raises."""
    path = Path(model).expanduser()
    if path.is_dir():
        return ModelLocation(model, path, f"folder@{_digest(path)}")
    if path.exists():
        raise ModelError(f"{model!r} is a file; pass the folder that holds the model's config.json")
    if path.is_absolute() or model.startswith((".", "~")):
        raise ModelError(f"{model!r}: there is no such folder")
    if not _HUB_NAME.fullmatch(model) or "--" in model or ".." in model or model.endswith(".git"):
        raise InvalidInputError(f"{model!r} is neither a folder that is there nor a hub name such as 'owner/model'")
    snapshot = _snapshot(model)
    return ModelLocation(model, snapshot, f"{model}@{snapshot.name}")


def read_json(path: Path) -> Any:
    """The content of a JSON file, None where it is not there.

    Raises:
        ModelError: It cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {first_line(error)}") from None


def modules(path: Path) -> list[dict[str, Any]]:
    """The steps that a sentence embedder lists in its `modules.json`; empty for other models."""
    listed = read_json(path / "modules.json") or []
    if not isinstance(listed, list) or not all(isinstance(step, dict) for step in listed):
        raise ModelError(f"{str(path / 'modules.json')!r}: a list of modules was expected")
    return listed


def module_path(path: Path, step: dict[str, Any]) -> Path:
    """The folder of one step; a name that leads out of the model's folder is refused."""
    name = str(step.get("path", ""))
    folder = path / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ModelError(f"{str(path / 'modules.json')!r}: the module path {name!r} leads out of the folder")
    return folder


def has_all_weights(path: Path) -> bool:
    """Whether a folder holds all its weights as safetensors, in one file or in the pieces that its index names."""
    index = read_json(path / "model.safetensors.index.json")
    if index is None:
        return (path / "model.safetensors").is_file()
    pieces = set(index.get("weight_map", {}).values()) if isinstance(index, dict) else set()
    return bool(pieces) and all((path / str(piece)).is_file() for piece in pieces)


def first_line(error: BaseException) -> str:
    """What an error of another library says, in one line of at most 200 characters."""
    lines = str(error).strip().splitlines()
    return (lines[0][:200].rstrip(" .:") if lines else "") or type(error).__name__


def _snapshot(name: str) -> Path:
    # Each version of the hub library has other errors for what is not here, or cannot be had.
    try:
        cached = _fetched(name, local_files_only=True)
        if has_all_weights(module_path(cached, (modules(cached) or [{}])[0])):
            return cached
    except Exception:  # noqa: BLE001, S110 - then it is fetched, which says what is wrong
        pass
    try:
        return _fetched(name)
    except Exception as error:  # noqa: BLE001
        raise ModelError(
            f"{name!r} is no folder here, is not in the hub cache and cannot be fetched: {first_line(error)}"
        ) from None


def _fetched(name: str, **options: Any) -> Path:
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, allow_patterns=_PATTERNS, ignore_patterns=_ELSEWHERE, **options))


def _digest(path: Path) -> str:
    folders = {path, *(module_path(path, step) for step in modules(path))}
    files = sorted(
        file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.suffix in _SUFFIXES
    )
    whole = blake2b(digest_size=16)
    for file in files:
        whole.update(file.relative_to(path).as_posix().encode("utf-8", "surrogateescape") + b"\0" + _content(file))
    return whole.hexdigest()


def _content(file: Path) -> bytes:
    try:
        stat = file.stat()
        key = (os.fspath(file.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ino)
        if key not in _digests:
            digest = blake2b(digest_size=16)
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
            _digests[key] = digest.digest()
        return _digests[key]
    except OSError as error:
        raise ModelError(f"{str(file)!r} cannot be read: {error.strerror}") from None
