"""Examples teach the local engine: end to end with the built-in models."""

import random

import labelled_sets
import numpy as np
import pandas as pd
import pytest
from local_pictures import PICTURES

import jsdf
from jsdf.engines.local import available

pytest.importorskip("scipy")
if not available():
    pytest.skip("the local engine is not installed", allow_module_level=True)

SETS = {dataset.name: dataset for dataset in labelled_sets.shipped()}


def drawn(dataset, n, seed=0):
    """Return `n` examples of each label, and a mask of the rows that are none."""
    rng, truth = random.Random(seed), np.array(dataset.truth)
    rows = {label: rng.sample(np.flatnonzero(truth == label).tolist(), n) for label in dataset.labels}
    is_other = np.ones(len(truth), bool)
    is_other[[row for drawn_rows in rows.values() for row in drawn_rows]] = False
    return {label: [dataset.texts[row] for row in found] for label, found in rows.items()}, is_other


def accuracy(labels, dataset, rows):
    return (labels.astype(str).to_numpy() == np.array(dataset.truth))[rows].mean()


def test_five_examples_a_label_are_worth_five_points_and_their_rows_are_right():
    dataset = SETS["chat topics"]
    texts = pd.Series(dataset.texts, name="text")
    zero_shot = jsdf.classify(texts, dataset.labels, engine="local")
    examples, others = drawn(dataset, 5)
    run = jsdf.run(texts, dataset.labels, engine="local", examples=examples)
    assert accuracy(run.labels, dataset, others) >= accuracy(zero_shot, dataset, others) + 0.05
    assert accuracy(run.labels, dataset, ~others) == 1
    source = run.to_frame()["source"]
    assert set(source[~others]) == {"examples"}
    assert set(source[others]) == {"local"}


@pytest.mark.parametrize("name", ["chat topics", "product reviews", "SMS spam"])
def test_one_example_a_label_loses_little(name):
    dataset = SETS[name]
    texts = pd.Series(dataset.texts, name="text")
    zero_shot = jsdf.classify(texts, dataset.labels, engine="local")
    gains = []
    for seed in range(3):
        examples, others = drawn(dataset, 1, seed)
        labels = jsdf.classify(texts, dataset.labels, engine="local", examples=examples)
        gains.append(accuracy(labels, dataset, others) - accuracy(zero_shot, dataset, others))
    assert np.mean(gains) >= -0.015


def test_a_corrected_review_teaches_the_next_run():
    dataset = SETS["chat topics"]
    frame = pd.DataFrame({"text": dataset.texts})
    run = frame.jigsaw.run("text", dataset.labels, engine="local")
    review = frame.jigsaw.review("text", run, order="random", n=60)
    rows = np.flatnonzero(review.sample).tolist()
    for row in rows:
        review.choose([row], dataset.truth[row])
    again = frame.jigsaw.run("text", dataset.labels, engine="local", examples=review)
    others = np.ones(len(frame), bool)
    others[rows] = False
    assert accuracy(again.labels, dataset, ~others) == 1
    assert accuracy(again.labels, dataset, others) >= accuracy(run.labels, dataset, others) + 0.05
    plan = frame.jigsaw.plan("text", dataset.labels, engine="local", examples=review)
    assert plan.examples == f"the engine learns from {len(rows)}"
    assert plan.to_send == 0


def test_images_teach_by_their_content():
    tools = {"tool": [PICTURES / f"hammer{n}.jpg" for n in (1, 5)], "crockery": [PICTURES / "cup.jpg"]}
    column = pd.Series([PICTURES / f"{name}.jpg" for name in ("hammer8", "plate", "pan", "cup")], dtype=object)
    run = jsdf.run(column, ["crockery", "tool"], engine="local", examples=tools)
    assert run.labels.tolist()[0] == "tool"
    assert run.to_frame()["source"].tolist() == ["local", "local", "local", "examples"]


def test_an_image_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    column = pd.Series([PICTURES / "cup.jpg"], dtype=object)
    for call in (jsdf.run, lambda *a, **b: jsdf.plan(*a, check=True, **b)):
        with pytest.raises(jsdf.InvalidLabelsError, match=r"the example image '.*a.png' of 'tool': "):
            call(column, ["tool", "crockery"], engine="local", examples={"tool": tmp_path / "a.png"})


def test_several_labels_a_row_are_learned():
    texts = pd.Series([f"the {a} costs {b} and came {c}" for a in ("radio", "lamp") for b in ("much", "little")
                       for c in ("late", "on time")])  # fmt: skip
    truth = pd.DataFrame({"dear": texts.str.contains("much"), "slow": texts.str.contains("late")})
    run = jsdf.run(texts, ["dear", "slow"], engine="local", multiple_labels=True, examples=(texts[:6], truth[:6]))
    assert run.labels[:6].to_numpy().tolist() == truth[:6].to_numpy().tolist()
    assert run.scores.iloc[6:].notna().all(axis=None)


def test_streams_and_the_whole_column_agree():
    dataset = SETS["product reviews"]
    frame = pd.DataFrame({"text": dataset.texts})
    examples, _ = drawn(dataset, 3)
    whole = frame.jigsaw.classify("text", dataset.labels, engine="local", examples=examples, cache=False)
    parts = jsdf.classify_batches(
        [frame[:100], frame[100:]], "text", dataset.labels, engine="local", examples=examples, cache=False
    )
    assert pd.concat(list(parts))["label"].tolist() == whole.tolist()
