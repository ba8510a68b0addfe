"""Pictures for the built-in image classifier, and a way to ask it about them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from jsdf.engines.base import Question
from jsdf.engines.local.image_classifier import ImageClassifier
from jsdf.labels import parse

PICTURES = Path(__file__).with_name("data") / "pictures"


def picture(name):
    return Image.open(PICTURES / f"{name}.jpg").convert("RGB")


def ask(pictures, labels, *, multiple=False, threads=2, examples=None):
    async def go(pool):
        question = Question(parse(labels), kind="image", multiple=multiple)
        return await ImageClassifier(pool).classify(question, pictures, examples or {})

    with ThreadPoolExecutor(threads) as pool:
        return asyncio.run(go(pool))
