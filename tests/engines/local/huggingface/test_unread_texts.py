"""Users' models: texts that are cut or that hold no known token, and labels that cannot be read."""

import pandas as pd
import pytest

import jsdf

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from hub_models import asked, picture, save_bert, save_clip, save_modules, save_siglip, write_json  # noqa: E402

from jsdf.engines.local.huggingface import find_model  # noqa: E402
from jsdf.engines.local.huggingface.dual_encoder import DualEncoder  # noqa: E402
from jsdf.engines.local.huggingface.tokenization import BatchTokenizer  # noqa: E402

LABELS = ["sport", "politics"]
UNREADABLE = "the model can read no word of the text"
MOSTLY_UNREAD = "most of the text consists of symbols or letters that the model cannot read"
CUT = "the text is longer than the 48 tokens that are read"


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("model_type", ["bert", "nli"])
def test_remarks_on_texts(request, model_type, multiple):
    texts = ["goal!", "🙂", "... 👍 !", "привет мир", "rain " * 60, "rain 🙂", "law 🙂 🙂", "rain 🙂 🙂 " * 60]
    reply = asked(request.getfixturevalue(model_type), texts, LABELS, multiple=multiple)
    assert reply.unknown == dict.fromkeys([1, 2, 3], UNREADABLE)
    assert reply.notes == {4: CUT, 6: MOSTLY_UNREAD, 7: f"{MOSTLY_UNREAD}; {CUT}"}
    assert [prediction is None for prediction in reply.predictions] == [i in reply.unknown for i in range(len(texts))]


def test_a_text_that_a_long_label_leaves_no_room_for_is_cut(nli):
    text = "rain " * 35
    assert asked(nli, [text], LABELS).notes == {}
    assert asked(nli, [text], ["sport", "law " * 20]).notes == {0: CUT}


def test_a_prompt_makes_no_text_readable(tmp_path):
    folder = save_bert(tmp_path / "model")
    save_modules(folder, {"pooling_mode": "mean"})
    write_json(
        folder / "config_sentence_transformers.json", {"prompts": {"query": "query : ", "passage": "passage : "}}
    )
    assert asked(folder, ["🙂", "rain", "👍 !"], LABELS).unknown == {0: UNREADABLE, 2: UNREADABLE}


@pytest.mark.parametrize("labels", [["sport", "🙂"], ["спорт", "politics"], {"a": "sport", "b": ["law", "🙂 !"]}])
@pytest.mark.parametrize("model_type", ["bert", "nli"])
def test_labels_that_cannot_be_read_are_refused(request, model_type, labels):
    with pytest.raises(
        jsdf.InvalidLabelsError, match=r"can read no word of .*; describe it in words that the model knows"
    ):
        asked(request.getfixturevalue(model_type), ["goal"], labels)


@pytest.mark.parametrize("save", [save_clip, save_siglip])
def test_images_are_not_compared_with_unreadable_labels(tmp_path, save):
    folder = save(tmp_path / "model")
    with pytest.raises(jsdf.InvalidLabelsError, match="can read no word of '🐄'"):
        asked(folder, [picture(0)], ["🐄", "dog"], kind="image")
    model = DualEncoder.load(find_model(str(folder), "image"))
    assert [model.can_read(text) for text in ("dog", "🐄 dog", "🐄", "🐄 🐕")] == [True, True, False, False]


def test_a_run_counts_the_texts_that_were_cut(bert):
    texts = pd.Series(["rain " * 60, "goal", "sun " * 100, "🙂"])
    engine = jsdf.Local(text_model=bert)
    with pytest.warns(UserWarning, match=f"^2 rows: {CUT}$"):
        run = texts.jigsaw.run(LABELS, engine=engine, progress=False)
    assert run.notes == {CUT: 2}
    assert run.status.tolist() == ["answered", "answered", "answered", "unknown"]
    assert texts.jigsaw.run(LABELS, engine=engine, progress=False).usage.rows_sent == 1


def unigram(*pieces):
    """A tokenizer of SentencePiece's kind, which puts a mark of its own before each word."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.Unigram([("<unk>", 0.0), *[(piece, -1.0) for piece in pieces]], unk_id=0))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", pad_token="<unk>")


@pytest.mark.parametrize(
    ("text", "is_unknown"),
    [("🙂", True), ("🙂 🙂", True), ("🙂 !", True), ("good 🙂", False), ("good", False), ("", True)],
)
def test_a_mark_before_a_word_is_no_word(text, is_unknown):
    row = BatchTokenizer(unigram("▁", "▁good", "!"), 16).encode(text)
    assert (row.remarks.unknown is not None) == is_unknown


def test_a_vocabulary_of_bytes_knows_every_text():
    from tokenizers import Tokenizer, models, pre_tokenizers

    alphabet = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(alphabet, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made, pad_token="!")
    for text in ("🙂", "привет", "字", "good 🙂"):
        assert BatchTokenizer(tokenizer, 64).encode(text).remarks == BatchTokenizer(tokenizer, 64).encode("a").remarks
