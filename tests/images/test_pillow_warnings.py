"""Pillow's warnings are suppressed only on the thread that opens an image."""

import io
import threading
import warnings

import pytest
from image_files import chunk, noise, png, saved
from PIL import Image

from jsdf.images import open_picture


def test_only_warnings_while_opening_are_suppressed():
    odd = png(1, 1, body=b"\0\x50", extra=chunk(b"acTL", bytes(8)))  # an APNG without frames
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Image.open(io.BytesIO(odd))
        assert len(caught) == 1  # Pillow itself does warn
        open_picture(odd)
        assert len(caught) == 1
        warnings.warn("mine", stacklevel=1)
        assert len(caught) == 2


def test_another_thread_warns_while_one_opens(monkeypatch):
    inside, has_warned = threading.Event(), threading.Event()
    opening = Image.open

    def slow(*args, **kwargs):
        inside.set()
        assert has_warned.wait(10)
        return opening(*args, **kwargs)

    monkeypatch.setattr(Image, "open", slow)
    thread = threading.Thread(target=open_picture, args=(saved(noise()),))
    thread.start()
    try:
        assert inside.wait(10)
        with pytest.warns(UserWarning, match="mine"):
            warnings.warn("mine", stacklevel=1)
    finally:
        has_warned.set()
        thread.join()
