"""Where models are, what sort they are, and what is said where they cannot be used; nothing is loaded."""

import importlib.util
import subprocess
import sys

import pytest
from hub_models import write_json

import jsdf
from jsdf.engines.local import huggingface
from jsdf.engines.local.huggingface.model_location import Place, locate, module_path
from jsdf.engines.local.huggingface.model_type import entailment, recognise

BERT = {"architectures": ["BertModel"], "model_type": "bert"}


def folder_of(path, config=BERT, weights="model.safetensors"):
    path.mkdir(parents=True, exist_ok=True)
    if config is not None:
        write_json(path / "config.json", config)
    (path / weights).write_bytes(b"weights")
    return path


def sort_of(path, kind):
    return recognise(Place("it", path, "x"), kind)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("/no/such/folder", jsdf.ModelError, "'/no/such/folder': there is no such folder"),
        ("./models", jsdf.ModelError, "'./models': there is no such folder"),
        ("~nobody/models", jsdf.ModelError, "there is no such folder"),
        (__file__, jsdf.ModelError, "is a file; pass the folder"),
        ("a/b/c", jsdf.InvalidInputError, "'a/b/c' is neither a folder that is there nor a hub name"),
        ("my model", jsdf.InvalidInputError, "'my model' is neither"),
        ("owner/a--b", jsdf.InvalidInputError, "is neither"),
        ("owner/a..b", jsdf.InvalidInputError, "is neither"),
        ("owner/model.git", jsdf.InvalidInputError, "is neither"),
        ("-model", jsdf.InvalidInputError, "is neither"),
        ("x" * 97, jsdf.InvalidInputError, "is neither"),
        ("http://127.0.0.1/model", jsdf.InvalidInputError, "is neither"),
        ("owner/model", jsdf.ModelError, "'owner/model' is no folder here, is not in the hub cache and cannot be"),
    ],
)
def test_says_what_is_not_there(name, error, words):
    with pytest.raises(error) as raised:
        locate(name)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_snapshot_that_is_in_the_cache_is_used_as_it_stands(tmp_path):
    kept = tmp_path / "hub" / "models--owner--model"
    folder_of(kept / "snapshots" / "0123abcd")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("0123abcd")
    assert locate("owner/model") == Place("owner/model", kept / "snapshots" / "0123abcd", "owner/model@0123abcd")
    (kept / "snapshots" / "0123abcd" / "model.safetensors").unlink()
    with pytest.raises(jsdf.ModelError, match=r"cannot be fetched|no model\.safetensors"):
        recognise(locate("owner/model"), "text")


def test_the_identity_is_of_the_contents(tmp_path):
    one, two = folder_of(tmp_path / "one"), folder_of(tmp_path / "two")
    first = locate(str(one)).identity
    assert locate(str(two)).identity == first
    (one / "README.md").write_text("words")
    (one / "config.json").touch()
    assert locate(str(one)).identity == first
    for name in ("model.safetensors", "config.json", "tokenizer.json", "1_Pooling/config.json"):
        write_json(one / "modules.json", [{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "P"}])
        before = locate(str(one)).identity
        write_json(one / name, {"changed": name})
        assert locate(str(one)).identity != before


def test_the_identity_tells_sorts_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface, "find_spec", lambda name: object())
    found = huggingface.find(str(folder_of(tmp_path / "one")), "text")
    assert found.sort == "embedder"
    assert found.identity.startswith("folder@")
    assert found.identity.endswith(f":embedder:rules-{huggingface._RULES}")


@pytest.mark.parametrize(
    ("kind", "config", "sort"),
    [
        ("text", BERT, "embedder"),
        ("text", {"architectures": ["XLMRobertaForMaskedLM"], "model_type": "xlm-roberta"}, "embedder"),
        (
            "text",
            {
                "model_type": "bert",
                "architectures": ["BertForSequenceClassification"],
                "id2label": {"0": "ENTAILMENT", "1": "x"},
            },
            "nli",
        ),
        ("image", {"model_type": "clip", "architectures": ["CLIPModel"]}, "pair"),
        ("image", {"model_type": "siglip", "architectures": ["SiglipModel"]}, "pair"),
        ("image", {"model_type": "siglip2"}, "pair"),
    ],
)
def test_recognises(tmp_path, kind, config, sort):
    assert sort_of(folder_of(tmp_path / "m", config), kind) == sort


@pytest.mark.parametrize(
    ("kind", "config", "words"),
    [
        ("text", {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}, "is a LlamaForCausalLM; text_model="),
        ("text", {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}, "is a GPT2LMHeadModel; text_model="),
        ("text", {"architectures": ["CLIPModel"], "model_type": "clip"}, "which reads images; pass it as image_model="),
        (
            "text",
            {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "POSITIVE", "1": "NEGATIVE"}},
            "with the labels ['POSITIVE', 'NEGATIVE'], none of them 'entailment'",
        ),
        ("text", {"architectures": ["ViTForImageClassification"]}, "is a ViTForImageClassification; text_model= takes"),
        ("image", BERT, "is a BertModel; image_model= takes a CLIP or SigLIP model"),
        ("image", {"architectures": ["CLIPTextModel"], "model_type": "clip"}, "is a CLIPTextModel; image_model= takes"),
        ("text", [1], "its config.json is no object"),
        ("text", None, "holds no config.json"),
    ],
)  # fmt: skip
def test_refuses_what_it_cannot_use(tmp_path, kind, config, words):
    with pytest.raises(jsdf.ModelError) as raised:
        sort_of(folder_of(tmp_path / "m", config), kind)
    assert words in str(raised.value)


def test_a_causal_model_that_lists_its_modules_is_an_embedder(tmp_path):
    folder = folder_of(tmp_path / "m", {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"})
    write_json(folder / "modules.json", [{"path": "", "type": "sentence_transformers.models.Transformer"}])
    assert sort_of(folder, "text") == "embedder"
    write_json(folder / "modules.json", [{"path": "", "type": "sentence_transformers.models.WordEmbeddings"}])
    with pytest.raises(jsdf.ModelError, match=r"begins with the module 'sentence_transformers.*WordEmbeddings'"):
        sort_of(folder, "text")


def test_weights_must_be_safetensors_and_whole(tmp_path):
    with pytest.raises(jsdf.ModelError, match=r"'pytorch_model\.bin' alone, which may run code .* as safetensors"):
        sort_of(folder_of(tmp_path / "bin", weights="pytorch_model.bin"), "text")
    with pytest.raises(jsdf.ModelError, match=r"has no model\.safetensors"):
        sort_of(folder_of(tmp_path / "none", weights="notes.txt"), "text")
    pieces = folder_of(tmp_path / "pieces", weights="model-1.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    write_json(pieces / "model.safetensors.index.json", index)
    with pytest.raises(jsdf.ModelError, match="only some of its pieces"):
        sort_of(pieces, "text")
    (pieces / "model-2.safetensors").write_bytes(b"weights")
    assert sort_of(pieces, "text") == "embedder"


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


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["contradiction", "neutral", "entailment"], (2, 0)),
        (["ENTAILMENT", "NEUTRAL", "CONTRADICTION"], (0, 2)),
        (["contradiction", "entailment", "neutral"], (1, 0)),
        (["entailment", "not_entailment"], (0, 1)),
        (["not_entailment", "entailment"], (1, 0)),
        (["no", "maybe", "entailed"], (2, 0)),
        (["entails", "maybe", "refutes"], (0, 2)),
        (["LABEL_0", "LABEL_1"], None),
        ([], None),
    ],
)
def test_finds_the_two_logits_of_an_entailment(labels, found):
    assert entailment({"id2label": {str(i): label for i, label in enumerate(labels)}}) == found


@pytest.mark.parametrize("missing", ["torch", "transformers", "safetensors"])
def test_the_extra_is_named_where_it_is_not_installed(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(huggingface, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(jsdf.MissingExtraError, match=r'run pip install "jsdf\[hf\]"'):
        huggingface.find(str(folder_of(tmp_path / "m")), "text")


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="the hf extra is not installed")
def test_finding_a_model_loads_no_library(tmp_path):
    code = (
        "import sys; from jsdf.engines.local.huggingface import find; find(sys.argv[1], 'text');"
        "sys.exit(bool({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder_of(tmp_path / "m"))], check=False)
    assert done.returncode == 0
