"""Detection of a model's type from its files, and errors for unsupported models."""

import pytest
from hub_models import BERT, folder_of, write_json

import jsdf
from jsdf.engines.local.huggingface.model_location import ModelLocation
from jsdf.engines.local.huggingface.model_type import detect_model_type, nli_label_ids


def model_type_of(path, kind):
    return detect_model_type(ModelLocation("it", path, "x"), kind)


@pytest.mark.parametrize(
    ("kind", "config", "model_type"),
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
def test_detects_the_type(tmp_path, kind, config, model_type):
    assert model_type_of(folder_of(tmp_path / "m", config), kind) == model_type


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
        ("text", [1], "its config.json does not hold an object"),
        ("text", None, "holds no config.json"),
    ],
)  # fmt: skip
def test_unsupported_models_are_errors(tmp_path, kind, config, words):
    with pytest.raises(jsdf.ModelError) as raised:
        model_type_of(folder_of(tmp_path / "m", config), kind)
    assert words in str(raised.value)


def test_a_causal_model_that_lists_its_modules_is_an_embedder(tmp_path):
    folder = folder_of(tmp_path / "m", {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"})
    write_json(folder / "modules.json", [{"path": "", "type": "sentence_transformers.models.Transformer"}])
    assert model_type_of(folder, "text") == "embedder"
    write_json(folder / "modules.json", [{"path": "", "type": "sentence_transformers.models.WordEmbeddings"}])
    with pytest.raises(jsdf.ModelError, match=r"begins with the module 'sentence_transformers.*WordEmbeddings'"):
        model_type_of(folder, "text")


@pytest.mark.parametrize(
    ("labels", "expected"),
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
def test_finds_the_logits_of_entailment_and_contradiction(labels, expected):
    assert nli_label_ids({"id2label": {str(i): label for i, label in enumerate(labels)}}) == expected
