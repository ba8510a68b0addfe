"""Files of taught engines: the same answers bit for bit, and one sentence for whatever else is in a file."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jsdf

pytest.importorskip("scipy")

TEXTS = ["the striker scored", "rain and wind", "shares fell", "the team won the cup", "sunny and warm", "a bank loan"]
NAMES = ["sport", "weather", "money"] * 2
QUIET = {"progress": False, "cache": False}


@pytest.fixture(scope="module")
def taught():
    return jsdf.Local.fit(TEXTS, NAMES, descriptions={"sport": "games", "money": "banks", "weather": ["rain", "sun"]})


@pytest.fixture(scope="module")
def file(taught, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "topics.npz"
    taught.save(path)
    return path


def parts(path):
    with np.load(path, allow_pickle=False) as archive:
        arrays = dict(archive)
    return json.loads(arrays.pop("header").tobytes()), arrays


def rewrite(path, header, arrays, save=np.savez):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    save(path, header=np.frombuffer(text, dtype=np.uint8), **arrays)
    return path


def test_saved_and_loaded_answers_are_identical(taught, file):
    loaded = jsdf.Local.load(file)
    assert loaded == taught
    assert loaded.identity == taught.identity
    runs = [
        jsdf.run(TEXTS, ["sport", "weather", "money"], engine=e, **QUIET) for e in (taught, loaded, str(file), file)
    ]
    assert all(np.array_equal(run.scores, runs[0].scores) for run in runs)


def test_several_labels_and_windows_are_kept(tmp_path):
    several = [[name] if name != "money" else ["money", "weather"] for name in NAMES]
    engine = jsdf.Local(windows=3, threads=1).fit(TEXTS, several)
    engine.save(tmp_path / "a.npz")
    loaded = jsdf.Local.load(str(tmp_path / "a.npz"))
    assert loaded.identity == engine.identity
    assert loaded.base.windows == 3
    assert loaded.head.multiple


def test_the_file_holds_no_values_and_no_pickle(file):
    content = file.read_bytes()
    assert b"striker" not in content
    header, arrays = parts(file)
    assert {name: array.dtype for name, array in arrays.items()} == {"bias": np.float64, "weights": np.float64}
    assert header["version"] == 1


def test_a_file_is_replaced_only_once_the_new_one_is_complete(taught, tmp_path):
    path = tmp_path / "engine.npz"
    path.write_text("older")
    taught.save(path)
    assert jsdf.Local.load(path) == taught
    assert [path.name for path in tmp_path.iterdir()] == ["engine.npz"]
    for place, message in (
        (tmp_path, "is a directory; name a file in it"),
        (tmp_path / "no" / "x.npz", "cannot be wri"),
    ):
        with pytest.raises(jsdf.InvalidInputError, match=message):
            taught.save(place)
    assert [path.name for path in tmp_path.iterdir()] == ["engine.npz"]


def foreign_files(folder, file):
    header, arrays = parts(file)
    _rows, _width = arrays["weights"].shape
    nan = arrays["weights"].copy()
    nan[0, 0] = np.nan
    yield "empty", b""
    yield "text", b"sport,weather\n"
    yield "pickle", pickle.dumps({"a": 1})
    yield "truncated", file.read_bytes()[:-100]
    yield "other zip", _zip({"a.txt": b"x"})
    yield "bomb", rewrite(folder / "b.npz", header, arrays, np.savez_compressed).read_bytes()
    huge = (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (9000000000, 9000), }".ljust(117)
        + b"\n"
    )
    yield "huge shape", _zip({"header.npy": huge, "bias.npy": huge, "weights.npy": huge})
    objects = io.BytesIO()
    np.save(objects, np.array([print], dtype=object), allow_pickle=True)
    yield "objects", _zip(dict.fromkeys(("header.npy", "bias.npy", "weights.npy"), objects.getvalue()))
    changes = {
        "version": {"version": 2},
        "format": {"format": "other"},
        "kind": {"kind": "sound"},
        "one label": {"labels": header["labels"][:1]},
        "labels": {"labels": "sport"},
        "label types": {"labels": [1, None]},
        "slope": {"slope": float("nan")},
        "slope text": {"slope": "1"},
        "flag": {"multiple": 1},
        "argument": {"arguments": {"speed": 1}},
        "argument value": {"arguments": {"windows": -1}},
        "arguments": {"arguments": []},
        "other model": {"model": "another model"},
    }
    for name, change in changes.items():
        yield name, rewrite(folder / "c.npz", {**header, **change}, arrays).read_bytes()
    for name, change in {
        "nan": {"weights": nan},
        "shape": {"weights": arrays["weights"][:, :0]},
        "rows": {"weights": arrays["weights"][:-1]},
        "dtype": {"weights": arrays["weights"].astype(np.float32)},
        "bias": {"bias": arrays["bias"][:1]},
        "dimensions": {"bias": arrays["bias"][:, None]},
        "more": {"more": arrays["bias"]},
    }.items():
        yield name, rewrite(folder / "d.npz", header, {**arrays, **change}).read_bytes()
    yield "no json", rewrite(folder / "e.npz", b"{", arrays).read_bytes()
    yield "deep json", rewrite(folder / "e.npz", b"[" * 100_000, arrays).read_bytes()
    yield "list", rewrite(folder / "e.npz", b"[]", arrays).read_bytes()


def _zip(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_other_files_are_refused_in_one_sentence(tmp_path, file):
    messages = {}
    for name, content in foreign_files(tmp_path, file):
        path = tmp_path / "given.npz"
        path.write_bytes(content)
        with pytest.raises(jsdf.InvalidInputError) as caught:
            jsdf.Local.load(path)
        messages[name] = str(caught.value)
        assert str(path) in messages[name], name
        assert "\n" not in messages[name]
        assert len(messages[name]) < 300 + len(str(path))
    assert "it is not a file that LearnedLocal.save wrote" in messages["text"]
    assert "its version is 2, and this one reads 1; update jsdf" in messages["version"]
    assert "made with another version of the model" in messages["other model"]
    assert "it is damaged" in messages["nan"]
    assert "it is damaged" in messages["huge shape"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(jsdf.InvalidInputError, match=r"no.npz cannot be read: No such file"):
        jsdf.Local.load(tmp_path / "no.npz")
    with pytest.raises(jsdf.InvalidInputError, match=r"cannot be read: Is a directory"):
        jsdf.Local.load(tmp_path)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_gives_finite_scores(data, file, tmp_path_factory):
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "x.npz"
    path.write_bytes(content)
    try:
        engine = jsdf.Local.load(path)
    except jsdf.InvalidInputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
        return
    assert np.isfinite(engine.head.weights).all()
