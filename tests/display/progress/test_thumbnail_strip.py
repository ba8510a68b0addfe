"""The latest images: small, and never delaying the run."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
from html_checking import HOSTILE

from jsdf.display.progress.thumbnail_strip import ThumbnailStrip
from jsdf.formatting.text import one_line


@dataclass
class Made:
    uri: str


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def wait_for(strip):
    strip._thread.join(10)
    assert not strip._thread.is_alive()


def latest(*values):
    return tuple((value, f"label {value}") for value in values)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_image_has_its_label_as_text(name):
    strip = ThumbnailStrip()
    strip.update(((np.full((300, 200, 3), 9, np.uint8), name),))
    wait_for(strip)
    ((uri, label),) = strip.pictures
    assert label == one_line(name, 60)
    assert uri.startswith("data:image/webp;base64,")


def test_what_cannot_be_read_is_left_out():
    strip = ThumbnailStrip()
    strip.update((("/no/such/file.png", "a"), (b"no picture", "b"), (np.zeros((4, 4), np.uint8), "c")))
    wait_for(strip)
    assert [label for _, label in strip.pictures] == ["c"]


def test_a_maker_that_breaks_breaks_nothing():
    strip = ThumbnailStrip(lambda values: 1 / 0)
    strip.update(latest(1))
    wait_for(strip)
    assert strip.pictures == []


def test_what_comes_while_it_is_busy_is_skipped():
    made, go = [], threading.Event()

    def make(values):
        made.append(values)
        go.wait(10)
        return [Made("data:image/png;base64,") for _ in values]

    strip = ThumbnailStrip(make)
    for i in range(50):
        strip.update(latest(i))
    assert made == [[0]]
    assert strip.pictures == []
    go.set()
    wait_for(strip)
    assert [label for _, label in strip.pictures] == ["label 0"]


def test_it_pauses_four_times_as_long_as_it_took():
    clock, made = Clock(), []

    def make(values):
        made.append(values[0])
        clock.now += 3
        return []

    strip = ThumbnailStrip(make, clock)
    shown = latest(1)
    strip.update(shown)
    wait_for(strip)
    for now, expected in ((14.9, [1]), (15.1, [1, 2])):
        clock.now = now
        strip.update(latest(2))
        wait_for(strip)
        assert made == expected


def test_the_same_pictures_are_made_once():
    clock, made = Clock(), []
    strip = ThumbnailStrip(lambda values: made.append(values) or [], clock)
    shown = latest(1, 2)
    for _ in range(5):
        strip.update(shown)
        wait_for(strip)
        clock.now += 100
    assert made == [[1, 2]]


def test_nothing_is_begun_for_texts():
    strip = ThumbnailStrip(lambda values: 1 / 0)
    strip.update(())
    assert strip._thread is None
    assert strip.pictures == []
