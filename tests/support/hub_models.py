"""Tiny models with random weights, made here: nothing is ever fetched."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jsdf.engines import Question, Reply
from jsdf.labels import parse

if TYPE_CHECKING:
    from pathlib import Path

BERT = {"architectures": ["BertModel"], "model_type": "bert"}
#: Whole words; all others are spelt.
WORDS = """
the a an this is example of photo picture image drawing something thing ball goal striker team vote law minister
tax rain wind sun cloud onion soup salt sport politics weather cooking not red green blue cat dog good bad query
passage word words about article related to review topic in . : , ! ?
"""


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def save_tokenizer(folder: Path, *, limit: int, marks: tuple[str, str] = ("[CLS]", "[SEP]"), typed: bool = True) -> Any:
    """A lower-casing tokenizer of whole words and single letters, with the marks at the ends."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = [c for a in "abcdefghijklmnopqrstuvwxyz" for c in (a, f"##{a}")]
    first, last = marks
    vocabulary = {
        token: i for i, token in enumerate(dict.fromkeys(["[PAD]", "[UNK]", *letters, *WORDS.split(), first, last]))
    }
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(mark, vocabulary[mark]) for mark in marks],
    )
    names = ["input_ids", "token_type_ids", "attention_mask"] if typed else ["input_ids", "attention_mask"]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=limit,
        model_input_names=names,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token=first,
        sep_token=last,
        eos_token=last,
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def small(**more: Any) -> dict[str, Any]:
    return {
        "vocab_size": 160,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "max_position_embeddings": 48,
        **more,
    }


def save_bert(folder: Path, *, seed: int = 0, classes: dict[int, str] | None = None) -> Path:
    """An encoder, or a classifier with these labels."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel

    torch.manual_seed(seed)
    names = {"id2label": classes, "label2id": {name: i for i, name in classes.items()}} if classes else {}
    config = BertConfig(**small(initializer_range=0.6), **names)
    model = BertForSequenceClassification(config) if classes else BertModel(config)
    model.eval().save_pretrained(folder)
    save_tokenizer(folder, limit=48)
    return folder


def save_modules(folder: Path, pooling: dict[str, Any], *more: str, limit: int | None = None) -> None:
    """Turn an encoder's folder into a sentence embedder's."""
    names = ["Transformer", "Pooling", *more]
    paths = ["", "1_Pooling", *[f"{i + 2}_{name}" for i, name in enumerate(more)]]
    write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (name, path) in enumerate(zip(names, paths, strict=True))
        ],
    )
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **pooling})
    if limit is not None:
        write_json(folder / "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False})


def asked(
    model: Any, values: list[Any], labels: Any, *, kind: str = "text", examples: Any = None, **more: Any
) -> Reply:
    """The reply of a classifier of this model to one request."""
    return asked_often(model, [(values, labels)], kind=kind, examples=examples, **more)[0]


def asked_often(
    model: Any, requests: list[Any], *, kind: str = "text", examples: Any = None, **more: Any
) -> list[Reply]:
    """The replies to several requests at once."""
    from jsdf.engines.local.huggingface import find_model, make_classifier

    async def go() -> list[Reply]:
        with ThreadPoolExecutor(2) as pool:
            classifier = make_classifier(find_model(str(model), kind), pool)
            questions = [(Question(parse(labels), kind=kind, **more), values) for values, labels in requests]
            return await asyncio.gather(*[classifier.classify(q, values, examples or {}) for q, values in questions])

    return asyncio.run(go())


def save_clip(folder: Path) -> Path:
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    marks = ("<|startoftext|>", "<|endoftext|>")
    tokenizer = save_tokenizer(folder, limit=24, marks=marks, typed=False)
    torch.manual_seed(0)
    ends = {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": 0}
    config = CLIPConfig(
        text_config=small(max_position_embeddings=24, initializer_factor=3.0, **ends),
        vision_config=small(image_size=16, patch_size=8, initializer_factor=3.0),
        projection_dim=24,
    )
    CLIPModel(config).eval().save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}).save_pretrained(folder)
    return folder


def save_siglip(folder: Path, version: int = 1) -> Path:
    import torch
    import transformers as t

    save_tokenizer(folder, limit=16, typed=False)
    torch.manual_seed(0)
    text = small(max_position_embeddings=16, projection_size=32)
    if version == 1:
        seen = small(image_size=16, patch_size=8)
        model = t.SiglipModel(t.SiglipConfig(text_config=text, vision_config=seen))
        processor = t.SiglipImageProcessor(size={"height": 16, "width": 16})
    else:
        seen = small(num_patches=9, patch_size=8)
        model = t.Siglip2Model(t.Siglip2Config(text_config=text, vision_config=seen))
        processor = t.Siglip2ImageProcessor(patch_size=8, max_num_patches=9)
    with torch.no_grad():
        model.logit_scale.fill_(2.0)
        model.logit_bias.fill_(-1.5)
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def picture(seed: int, size: tuple[int, int] = (20, 16)) -> Any:
    """An RGB picture of coarse noise."""
    import numpy as np
    from PIL import Image

    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def folder_of(path, config=BERT, weights="model.safetensors"):
    path.mkdir(parents=True, exist_ok=True)
    if config is not None:
        write_json(path / "config.json", config)
    (path / weights).write_bytes(b"weights")
    return path
