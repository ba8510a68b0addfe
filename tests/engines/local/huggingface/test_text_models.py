"""Sentence embedders and NLI classifiers give the same numbers as the libraries they were made with."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import jsdf

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from hub_models import asked, asked_often, save_bert, save_modules, small, write_json  # noqa: E402

from jsdf.engines.local.caching import ForkSafeCache  # noqa: E402
from jsdf.engines.local.huggingface import find_model, loading  # noqa: E402
from jsdf.engines.local.huggingface.sentence_embedder import SentenceModel  # noqa: E402

TEXTS = ["goal!", "the striker of a team", "rain and wind, a cloud; sun", "law", "minister, tax: vote " * 20]
#: Those of at most 48 tokens, as many as the models read.
SHORT = TEXTS[:-1]
LABELS = ["sport", "politics", "weather"]


@pytest.fixture
def embedder(tmp_path):
    return save_bert(tmp_path / "model")


def embed(folder, texts):
    model = SentenceModel.load(find_model(str(folder), "text"))
    return model.embed([model.tokenizer.encode(model.text_prompt + text) for text in texts])


def states(folder, texts, limit=48):
    """Hidden states of each text alone, without padding."""
    model, tokenizer = (
        transformers.AutoModel.from_pretrained(folder),
        transformers.AutoTokenizer.from_pretrained(folder),
    )
    for text in texts:
        with torch.inference_mode():
            batch = tokenizer(text, return_tensors="pt", truncation=True, max_length=limit)
            yield model.eval()(**batch).last_hidden_state[0]


def unit(vectors):
    stacked = torch.stack(list(vectors))
    return (stacked / stacked.norm(dim=1, keepdim=True)).numpy()


def weighted(hidden):
    weights = torch.arange(1, len(hidden) + 1).unsqueeze(1)
    return (hidden * weights).sum(0) / weights.sum()


BY_HAND = {
    "mean": lambda hidden: hidden.mean(0),
    "cls": lambda hidden: hidden[0],
    "max": lambda hidden: hidden.max(0).values,
    "lasttoken": lambda hidden: hidden[-1],
    "weightedmean": weighted,
    "mean_sqrt_len_tokens": lambda hidden: hidden.sum(0) / len(hidden) ** 0.5,
}
FLAGS = {
    "cls": "pooling_mode_cls_token",
    "mean": "pooling_mode_mean_tokens",
    "max": "pooling_mode_max_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}


@pytest.mark.parametrize("mode", BY_HAND)
def test_pools_as_declared(embedder, mode):
    save_modules(embedder, {"pooling_mode": mode}, "Normalize")
    np.testing.assert_allclose(embed(embedder, TEXTS), unit(map(BY_HAND[mode], states(embedder, TEXTS))), atol=2e-6)


@pytest.mark.parametrize("mode", FLAGS)
def test_reads_the_older_flags(embedder, mode):
    save_modules(embedder, {flag: flag == FLAGS[mode] for flag in FLAGS.values()})
    np.testing.assert_allclose(embed(embedder, TEXTS), unit(map(BY_HAND[mode], states(embedder, TEXTS))), atol=2e-6)


def test_a_plain_encoder_is_pooled_by_the_mean(bert):
    np.testing.assert_allclose(embed(bert, TEXTS), unit(h.mean(0) for h in states(bert, TEXTS)), atol=2e-6)


def test_several_modes_are_concatenated_and_dense_layers_follow(embedder):
    from safetensors.torch import save_file

    save_modules(embedder, {"pooling_mode": ["cls", "mean"]}, "Dense")
    layer = torch.nn.Linear(64, 7)
    settings = {"in_features": 64, "out_features": 7, "activation_function": "torch.nn.modules.activation.Tanh"}
    write_json(embedder / "2_Dense" / "config.json", settings)
    save_file({f"linear.{k}": v for k, v in layer.state_dict().items()}, embedder / "2_Dense" / "model.safetensors")
    with torch.no_grad():
        hand = unit(torch.tanh(layer(torch.cat([h[0], h.mean(0)]))) for h in states(embedder, TEXTS))
    np.testing.assert_allclose(embed(embedder, TEXTS), hand, atol=2e-6)


def test_reads_as_many_tokens_as_are_declared(embedder):
    save_modules(embedder, {"pooling_mode": "mean"}, limit=5)
    np.testing.assert_allclose(embed(embedder, TEXTS), unit(h.mean(0) for h in states(embedder, TEXTS, 5)), atol=2e-6)
    vectors = embed(embedder, ["rain sun wind", "rain sun wind tax"])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=2e-6)


def test_roberta_positions_begin_after_the_padding(tmp_path, embedder):
    torch.manual_seed(0)
    config = transformers.RobertaConfig(**small(pad_token_id=0, max_position_embeddings=20))
    transformers.RobertaModel(config).save_pretrained(embedder)
    assert SentenceModel.load(find_model(str(embedder), "text")).tokenizer.max_tokens == 19
    assert np.isfinite(embed(embedder, ["rain " * 100])).all()


@pytest.mark.parametrize(
    ("declared", "label", "text"),
    [
        ({"prompts": {"query": "query: ", "passage": "passage: "}}, "query: ", "passage: "),
        ({"prompts": {"query": "query: ", "document": ""}}, "query: ", ""),
        ({"prompts": {"a": "topic: ", "query": "query: "}, "default_prompt_name": "a"}, "topic: ", "topic: "),
        ({"prompts": {"Classification": "topic: ", "query": "query: "}}, "topic: ", "topic: "),
        ({"prompts": {}}, "", ""),
        ({}, "", ""),
    ],
)
def test_declared_prompts_are_used(embedder, declared, label, text):
    save_modules(embedder, {"pooling_mode": "mean"})
    write_json(embedder / "config_sentence_transformers.json", declared)
    model = SentenceModel.load(find_model(str(embedder), "text"))
    assert (model.label_prompt, model.text_prompt) == (label, text)


def test_prompts_change_answers(embedder):
    save_modules(embedder, {"pooling_mode": "mean"})
    before = asked(embedder, TEXTS, LABELS).scores
    write_json(embedder / "config_sentence_transformers.json", {"prompts": {"query": "query: "}})
    assert np.abs(asked(embedder, TEXTS, LABELS).scores - before).max() > 1e-3


@pytest.mark.parametrize("model_type", ["bert", "nli"])
def test_a_row_does_not_depend_on_its_batch(request, model_type):
    model, texts = request.getfixturevalue(model_type), [*TEXTS * 30, "cat"]
    together = asked(model, texts, LABELS)
    alone = [asked(model, [text], LABELS).scores[0] for text in TEXTS]
    np.testing.assert_allclose(together.scores, np.array([*alone * 30, together.scores[-1]]), atol=2e-5)
    replies = asked_often(model, [(texts, LABELS), (TEXTS, LABELS[::-1])] * 4)
    for reply in replies[::2]:
        np.testing.assert_allclose(reply.scores, together.scores, atol=2e-5)
    for reply in replies[1::2]:
        np.testing.assert_allclose(reply.scores[:, ::-1], np.array(alone), atol=2e-5)


@pytest.mark.parametrize("model_type", ["bert", "nli"])
def test_scores_satisfy_the_engine_contract(request, model_type):
    model = request.getfixturevalue(model_type)
    single = asked(model, TEXTS, [*LABELS, "something else"])
    assert single.scores.dtype == np.float32
    assert single.scores.shape == (len(TEXTS), 4)
    np.testing.assert_allclose(single.scores.sum(axis=1), 1, atol=1e-6)
    assert single.predictions == [[*LABELS, "something else"][i] for i in single.scores.argmax(axis=1)]
    described = {"one": "sport", "two": ["politics", "law"]}
    renamed = {"zwei": ["law", "politics"], "eins": "sport"}
    for multiple in (False, True):
        ours = asked(model, TEXTS, described, multiple=multiple).scores
        np.testing.assert_allclose(asked(model, TEXTS, renamed, multiple=multiple).scores[:, ::-1], ours, atol=1e-6)
    both = asked(model, TEXTS, ["sport", "not sport"], multiple=True)
    np.testing.assert_allclose(both.scores.sum(axis=1), 1, atol=1e-6)
    assert all(len(given) == 1 for given in both.predictions)


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize(
    "classes",
    [
        {0: "contradiction", 1: "neutral", 2: "entailment"},
        {0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"},
        {0: "entailment", 1: "not_entailment"},
    ],
    ids=["last", "first", "two"],
)
def test_nli_scores_equal_the_pipeline_of_transformers(tmp_path, classes, multiple):
    folder = save_bert(tmp_path / "nli", classes=classes)
    ours = asked(folder, TEXTS, LABELS, multiple=multiple).scores
    pipeline = transformers.pipeline("zero-shot-classification", model=str(folder), device="cpu")
    for text, scores in zip(TEXTS, ours, strict=True):
        theirs = pipeline(text, LABELS, multi_label=multiple)
        expected = [dict(zip(theirs["labels"], theirs["scores"], strict=True))[label] for label in LABELS]
        np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_a_label_longer_than_the_model_reads_is_refused(nli):
    with pytest.raises(jsdf.InvalidLabelsError, match=r"leaves no room for a text in the 48 tokens"):
        asked(nli, TEXTS, ["sport", "rain " * 60])


@pytest.mark.parametrize("model_type", ["bert", "nli"])
def test_images_as_labels_are_refused(request, model_type):
    with pytest.raises(jsdf.InvalidLabelsError, match="'dog' has an example image"):
        asked(request.getfixturevalue(model_type), TEXTS, {"cat": "cat", "dog": jsdf.image("dog.png")})


def test_special_tokens_and_lone_surrogates_are_ordinary_characters(bert):
    model = SentenceModel.load(find_model(str(bert), "text"))
    marked = model.tokenizer.encode("rain [SEP] sun").ids
    assert marked.count(marked[-1]) == 1
    assert np.isfinite(asked(bert, ["\ud800", "[SEP] [CLS] [PAD]", "x " * 50_000], LABELS).scores).all()


@pytest.mark.parametrize("model_type", ["bert", "nli"])
def test_a_column_from_end_to_end(request, model_type, recwarn, capfd):
    folder = request.getfixturevalue(model_type)
    capfd.readouterr()  # transformers shows its progress while the fixture saves the model
    engine = jsdf.Local(text_model=folder, threads=1)
    before = torch.get_num_threads()
    mood = pd.Series([*SHORT, None]).jigsaw.classify(LABELS, engine=engine, progress=False)
    assert list(mood.cat.categories) == LABELS
    assert mood[:-1].tolist() == asked(folder, SHORT, LABELS).predictions
    assert mood.isna().tolist() == [False] * len(SHORT) + [True]
    assert torch.get_num_threads() == before
    assert not recwarn.list
    assert capfd.readouterr().err == ""


def test_answers_of_another_model_are_not_reused(tmp_path):
    folder, texts = save_bert(tmp_path / "model"), pd.Series(SHORT)
    first = texts.jigsaw.run(LABELS, engine=jsdf.Local(text_model=folder), progress=False)
    again = texts.jigsaw.run(LABELS, engine=jsdf.Local(text_model=folder), progress=False)
    save_bert(folder, seed=1)
    other = texts.jigsaw.run(LABELS, engine=jsdf.Local(text_model=folder), progress=False)
    assert (first.usage.requests, again.usage.requests, other.usage.requests) == (1, 0, 1)
    assert np.abs(first.scores.to_numpy() - other.scores.to_numpy()).max() > 1e-3


def test_a_model_is_loaded_once_and_not_kept_after_a_fork(bert, monkeypatch):
    monkeypatch.setattr(loading, "_cache", ForkSafeCache(loading._MAX_MODELS))
    loaded = []
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: loading.load("a", "a", lambda: loaded.append(1) or object()), range(8)))
    assert len(loaded) == len({id(model) for model in models}) == 1
    loading.load("b", "b", object)
    loading.load("c", "c", object)
    assert list(loading._cache._items) == ["b", "c"]
    loading._cache.clear()
    assert not loading._cache._items


@pytest.mark.parametrize("damage", ["weights", "tokenizer"])
def test_a_damaged_model_is_one_clear_line(tmp_path, damage):
    folder = save_bert(tmp_path / "model")
    if damage == "weights":
        (folder / "model.safetensors").write_bytes(b"x" * 100)
    else:
        (folder / "tokenizer.json").unlink()
    with pytest.raises(jsdf.ModelError, match=r"cannot be loaded by transformers|is not a fast tokenizer") as raised:
        asked(folder, TEXTS, LABELS)
    assert "\n" not in str(raised.value)


def test_code_that_comes_with_a_model_is_not_run(tmp_path):
    folder = save_bert(tmp_path / "model")
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n")
    config = transformers.AutoConfig.from_pretrained(folder).to_dict()
    auto = {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}
    write_json(
        folder / "config.json", config | {"model_type": "evil", "architectures": ["EvilModel"], "auto_map": auto}
    )
    with pytest.raises(jsdf.ModelError, match="cannot be loaded by transformers"):
        asked(folder, TEXTS, LABELS)
    assert not (tmp_path / "ran").exists()


def test_the_view_says_that_a_model_is_loaded_until_it_is(bert, monkeypatch):
    monkeypatch.setattr(loading, "_cache", ForkSafeCache(2))
    engine, events = jsdf.Local(text_model=bert), []
    assert engine.startup_note("text") == "loading the model"
    for _ in range(2):
        jsdf.run(pd.Series(SHORT), LABELS, engine=engine, cache=False, progress=events.append)
    assert {event.done for event in events if event.note} == {0}
    assert engine.startup_note("text") == ""
    assert next(event.done for event in events if event.done) <= 4
