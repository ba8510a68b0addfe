"""Locate a user's model: a folder, or a snapshot in the cache of `huggingface_hub`."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jsdf.errors import InvalidInputError, ModelError

#: Files that belong to a model. Weights are read from safetensors only: a pickle can run code when it is loaded.
_SUFFIXES = (".json", ".txt", ".model", ".jinja", ".safetensors")
_PATTERNS = [f"*{suffix}" for suffix in _SUFFIXES]
#: Folders with the same weights for other libraries.
_OTHER_FORMATS = ["onnx/*", "openvino/*", "coreml/*"]
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_HUB_NAME = re.compile(rf"(?:{_PART}/)?{_PART}")
_BLOCK_BYTES = 1 << 20
#: (path, size, modification time, inode) -> digest. Reading a gigabyte takes a second; `find_model` is called often.
_digests: dict[tuple[str, int, int, int], bytes] = {}


@dataclass(frozen=True)
class ModelLocation:
    """Location of a model.

    Args:
        name: Folder or hub name, as the caller passed it.
        path: The folder.
        identity: Text that changes with the model: a digest over the names and contents of a folder's files, or a hub
            name with the commit of its snapshot.
    """

    name: str
    path: Path
    identity: str


def locate(model: str) -> ModelLocation:
    """Return the location of a model; a hub model that is not cached is downloaded. Raises as `find_model` does."""
    path = Path(model).expanduser()
    if path.is_dir():
        return ModelLocation(model, path, f"folder@{_digest(path)}")
    if path.exists():
        raise ModelError(f"{model!r} is a file; pass the folder that holds the model's config.json")
    if path.is_absolute() or model.startswith((".", "~")):
        raise ModelError(f"{model!r}: there is no such folder")
    if not _HUB_NAME.fullmatch(model) or "--" in model or ".." in model or model.endswith(".git"):
        raise InvalidInputError(f"{model!r} is neither an existing folder nor a hub name such as 'owner/model'")
    snapshot = _snapshot(model)
    return ModelLocation(model, snapshot, f"{model}@{snapshot.name}")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, or None if there is no such file.

    Raises:
        ModelError: The file cannot be read or is not valid JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {first_line(error)}") from None


def modules(path: Path) -> list[dict[str, Any]]:
    """Return the modules that a sentence embedder lists in its `modules.json`; empty for other models.

    Raises:
        ModelError: The file cannot be read or is not a list of objects.
    """
    content = read_json(path / "modules.json") or []
    if not isinstance(content, list) or not all(isinstance(module, dict) for module in content):
        raise ModelError(f"{str(path / 'modules.json')!r} must hold a list of modules")
    return content


def module_path(path: Path, module: dict[str, Any]) -> Path:
    """Return the folder of one module of a sentence embedder.

    Raises:
        ModelError: The module's path leads out of the model's folder.
    """
    name = str(module.get("path", ""))
    folder = path / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ModelError(f"{str(path / 'modules.json')!r}: the module path {name!r} leads out of the folder")
    return folder


def has_all_weights(path: Path) -> bool:
    """Return True if a folder holds all weights as safetensors, in one file or in all shards of its index."""
    index = read_json(path / "model.safetensors.index.json")
    if index is None:
        return (path / "model.safetensors").is_file()
    shards = set(index.get("weight_map", {}).values()) if isinstance(index, dict) else set()
    return bool(shards) and all((path / str(shard)).is_file() for shard in shards)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, at most 200 characters; its class name if it has no message."""
    lines = str(error).strip().splitlines()
    return (lines[0][:200].rstrip(" .:") if lines else "") or type(error).__name__


def _snapshot(name: str) -> Path:
    # The exception types of huggingface_hub for missing models differ between its versions.
    try:
        cached = _download(name, local_files_only=True)
        if has_all_weights(module_path(cached, (modules(cached) or [{}])[0])):
            return cached
    except Exception:  # noqa: BLE001, S110 - the download below reports the error
        pass
    try:
        return _download(name)
    except Exception as error:  # noqa: BLE001
        raise ModelError(
            f"{name!r} is not a folder, is not in the hub cache and cannot be downloaded: {first_line(error)}"
        ) from None


def _download(name: str, **options: Any) -> Path:
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, allow_patterns=_PATTERNS, ignore_patterns=_OTHER_FORMATS, **options))


def _digest(path: Path) -> str:
    folders = {path, *(module_path(path, module) for module in modules(path))}
    files = sorted(
        file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.suffix in _SUFFIXES
    )
    digest = blake2b(digest_size=16)
    for file in files:
        name = file.relative_to(path).as_posix().encode("utf-8", "surrogateescape")
        digest.update(name + b"\0" + _file_digest(file))
    return digest.hexdigest()


def _file_digest(file: Path) -> bytes:
    try:
        stat = file.stat()
        key = (os.fspath(file.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ino)
        if key not in _digests:
            digest = blake2b(digest_size=16)
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK_BYTES):
                    digest.update(block)
            _digests[key] = digest.digest()
        return _digests[key]
    except OSError as error:
        raise ModelError(f"{str(file)!r} cannot be read: {error.strerror}") from None
