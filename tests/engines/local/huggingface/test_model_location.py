"""Location of models and errors for those that cannot be used; no model is loaded."""

import importlib.util
import subprocess
import sys

import pytest
from hub_models import folder_of, write_json

import jsdf
from jsdf.engines.local import huggingface
from jsdf.engines.local.huggingface.model_location import ModelLocation, locate, module_path
from jsdf.engines.local.huggingface.model_type import detect_model_type


def model_type_of(path, kind):
    return detect_model_type(ModelLocation("it", path, "x"), kind)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("/no/such/folder", jsdf.ModelError, "'/no/such/folder': there is no such folder"),
        ("./models", jsdf.ModelError, "'./models': there is no such folder"),
        ("~nobody/models", jsdf.ModelError, "there is no such folder"),
        (__file__, jsdf.ModelError, "is a file; pass the folder"),
        ("a/b/c", jsdf.InvalidInputError, "'a/b/c' is neither an existing folder nor a hub name"),
        ("my model", jsdf.InvalidInputError, "'my model' is neither"),
        ("owner/a--b", jsdf.InvalidInputError, "is neither"),
        ("owner/a..b", jsdf.InvalidInputError, "is neither"),
        ("owner/model.git", jsdf.InvalidInputError, "is neither"),
        ("-model", jsdf.InvalidInputError, "is neither"),
        ("x" * 97, jsdf.InvalidInputError, "is neither"),
        ("http://127.0.0.1/model", jsdf.InvalidInputError, "is neither"),
        ("owner/model", jsdf.ModelError, "'owner/model' is not a folder, is not in the hub cache and cannot be"),
    ],
)
def test_a_model_that_cannot_be_located_is_one_clear_line(name, error, words):
    with pytest.raises(error) as raised:
        locate(name)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_cached_snapshot_is_used_without_update(tmp_path):
    cached = tmp_path / "hub" / "models--owner--model"
    folder_of(cached / "snapshots" / "0123abcd")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("0123abcd")
    assert locate("owner/model") == ModelLocation(
        "owner/model", cached / "snapshots" / "0123abcd", "owner/model@0123abcd"
    )
    (cached / "snapshots" / "0123abcd" / "model.safetensors").unlink()
    with pytest.raises(jsdf.ModelError, match=r"cannot be downloaded|no model\.safetensors"):
        detect_model_type(locate("owner/model"), "text")


def test_the_identity_depends_on_the_contents(tmp_path):
    folder, copy = folder_of(tmp_path / "one"), folder_of(tmp_path / "two")
    first = locate(str(folder)).identity
    assert locate(str(copy)).identity == first
    (folder / "README.md").write_text("words")
    (folder / "config.json").touch()
    assert locate(str(folder)).identity == first
    for name in ("model.safetensors", "config.json", "tokenizer.json", "1_Pooling/config.json"):
        write_json(folder / "modules.json", [{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "P"}])
        before = locate(str(folder)).identity
        write_json(folder / name, {"changed": name})
        assert locate(str(folder)).identity != before


def test_the_identity_contains_the_model_type(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface, "find_spec", lambda name: object())
    located = huggingface.find_model(str(folder_of(tmp_path / "one")), "text")
    assert located.model_type == "embedder"
    assert located.identity.startswith("folder@")
    assert located.identity.endswith(f":embedder:rules-{huggingface._RULES}")


def test_weights_must_be_safetensors_and_complete(tmp_path):
    with pytest.raises(jsdf.ModelError, match=r"'pytorch_model\.bin' alone, which may run code .* as safetensors"):
        model_type_of(folder_of(tmp_path / "bin", weights="pytorch_model.bin"), "text")
    with pytest.raises(jsdf.ModelError, match=r"has no model\.safetensors"):
        model_type_of(folder_of(tmp_path / "none", weights="notes.txt"), "text")
    pieces = folder_of(tmp_path / "pieces", weights="model-1.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    write_json(pieces / "model.safetensors.index.json", index)
    with pytest.raises(jsdf.ModelError, match="only some of its pieces"):
        model_type_of(pieces, "text")
    (pieces / "model-2.safetensors").write_bytes(b"weights")
    assert model_type_of(pieces, "text") == "embedder"


@pytest.mark.parametrize("content", ["{", "[]]", '{"a": 1}', "[1]"])
def test_a_damaged_list_of_modules_is_one_clear_line(tmp_path, content):
    folder = folder_of(tmp_path / "m")
    (folder / "modules.json").write_text(content)
    with pytest.raises(jsdf.ModelError, match=r"modules\.json"):
        locate(str(folder))


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "a/../../b"])
def test_a_module_stays_in_its_folder(tmp_path, name):
    with pytest.raises(jsdf.ModelError, match="leads out of the folder"):
        module_path(tmp_path, {"path": name})


@pytest.mark.parametrize("missing", ["torch", "transformers", "safetensors"])
def test_without_the_extra_the_error_names_the_install_command(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(huggingface, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(jsdf.MissingExtraError, match=r'run pip install "jsdf\[hf\]"'):
        huggingface.find_model(str(folder_of(tmp_path / "m")), "text")


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="the hf extra is not installed")
def test_finding_a_model_imports_no_model_library(tmp_path):
    code = (
        "import sys; from jsdf.engines.local.huggingface import find_model; find_model(sys.argv[1], 'text');"
        "sys.exit(bool({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder_of(tmp_path / "m"))], check=False)
    assert done.returncode == 0
