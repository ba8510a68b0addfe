"""Parquet keeps its types; columns of bytes and of image structs can be labelled."""

import pandas as pd
import pytest
from command_line import CSV, OPTIONS, jsdf, write_colour_images, write_labels

from jsdf.cli import tables
from jsdf.cli.tables import file_formats
from jsdf.testing import expected

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def test_parquet_keeps_types(workdir, serve):
    serve()
    frame = pd.DataFrame(
        {
            "text": ["x", None, "y"],
            "n": pd.array([1, None, 3], "Int64"),
            "when": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        }
    )
    frame.to_parquet("in.parquet")
    assert jsdf("classify", "in.parquet", *OPTIONS, "-o", "out.parquet").exit_code == 0
    again = pd.read_parquet("out.parquet")
    assert again["label"].tolist()[::2] == [expected(t, ["a", "b"]) for t in "xy"]
    assert isinstance(again["label"].dtype, pd.CategoricalDtype)
    assert again["n"].dtype.kind in "if"
    pd.testing.assert_frame_equal(again.drop(columns="label"), pd.read_parquet("in.parquet"))


def test_columns_keep_their_place_type_and_metadata(workdir, serve):
    serve()
    index = pd.Index(["p", "q"], name="key")
    table = pa.Table.from_pandas(pd.DataFrame({"text": ["x", "y"], "n": pd.Categorical(["u", None])}, index=index))
    for field in (
        pa.field("text", pa.string(), nullable=False, metadata={"k": "v"}),
        pa.field("key", pa.large_string()),
    ):
        place = table.schema.get_field_index(field.name)
        table = table.set_column(place, field, table[field.name].cast(field.type))
    folder = workdir / "year=2020"
    folder.mkdir()
    pq.write_table(table, folder / "in.parquet")
    result = jsdf("classify", "year=2020/in.parquet", *OPTIONS, "-o", "out.parquet")
    assert result.exit_code == 0, result.stderr
    again = pq.ParquetFile("out.parquet").read()
    assert again.schema.names == ["text", "n", "key", "label"]
    assert again.drop(["label"]).equals(pq.ParquetFile("year=2020/in.parquet").read())
    assert again.schema.remove(3).equals(pq.read_schema(folder / "in.parquet"), check_metadata=True)
    taken = jsdf("classify", "year=2020/in.parquet", *OPTIONS, "-o", "out.csv", "--into", "key")
    assert "has a column 'key' already" in taken.stderr


def test_a_broken_parquet_file(workdir):
    workdir.joinpath("in.parquet").write_bytes(b"PAR1 or not")
    result = jsdf("classify", "in.parquet", *OPTIONS)
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: in.parquet cannot be read as Parquet: ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("n", ['"one"', "99999999999999999999", "[1]"])
def test_columns_that_parquet_cannot_hold_are_rejected_before_anything_is_sent(workdir, serve, n):
    service = serve()
    workdir.joinpath("in.jsonl").write_text(f'{{"text": "x", "n": 1}}\n{{"text": "y", "n": {n}}}\n')
    result = jsdf("classify", "in.jsonl", *OPTIONS, "-o", "out.parquet")
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: out.parquet cannot be written as Parquet: ")
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []


@pytest.mark.parametrize("arguments", [("in.parquet",), ("texts.csv", "-o", "out.parquet")])
def test_parquet_without_pyarrow(workdir, monkeypatch, arguments):
    workdir.joinpath("texts.csv").write_text(CSV)
    monkeypatch.setattr(file_formats, "find_spec", lambda _: None)
    result = jsdf("classify", *arguments, *OPTIONS)
    assert (result.exit_code, result.stderr) == (
        1,
        f'jsdf: {arguments[-1]}: Parquet needs pyarrow; run pip install "jsdf[parquet]"\n',
    )


def test_bytes_are_not_written_as_text(workdir, serve):
    service = serve()
    pd.DataFrame({"text": ["x"], "thumb": [b"\x89PNG"]}).to_parquet("in.parquet")
    line = "jsdf: in.parquet: its column 'thumb' holds bytes, which only Parquet can store; pass -o OUT.parquet\n"
    for out in ([], ["-o", "out.csv"], ["-o", "out.jsonl.gz"]):
        result = jsdf("classify", "in.parquet", *OPTIONS, *out)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", line)
    assert service.requests == []
    assert jsdf("classify", "in.parquet", *OPTIONS, "-o", "out.parquet").exit_code == 0
    assert pd.read_parquet("out.parquet")["thumb"].tolist() == [b"\x89PNG"]


def write_structs(structs, name="in.parquet"):
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(pa.table({"image": pa.array(structs, kind), "n": pa.array(range(len(structs)))}), name)


def test_a_column_of_image_structs_is_read(workdir):
    write_structs(
        [{"bytes": None, "path": None}, {"bytes": b"\x89PNG", "path": None}, {"bytes": None, "path": "x.png"}]
    )
    table = tables.read(workdir / "in.parquet", "image")
    assert table.texts.tolist()[1:] == [{"bytes": b"\x89PNG", "path": None}, {"bytes": None, "path": "x.png"}]


def test_further_fields_of_an_image_struct_do_not_matter(workdir):
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string()), ("width", pa.int64())])
    structs = [{"bytes": b"\x89PNG", "path": None, "width": 3}]
    pq.write_table(pa.table({"image": pa.array(structs, kind)}), "in.parquet")
    assert tables.read(workdir / "in.parquet", "image").texts.tolist() == structs


def test_a_column_of_image_structs_is_labelled(workdir, offline):
    write_colour_images(workdir / "data")
    content = (workdir / "data" / "rose.png").read_bytes()
    write_structs([{"bytes": content, "path": "gone.png"}, {"bytes": None, "path": "data/sky.png"}, None])
    labels = write_labels({"red": {"image": "data/red.png"}, "blue": {"image": "data/blue.png"}})
    command = ("classify", "in.parquet", "-c", "image", "--labels", labels, "--engine", "local")
    result = jsdf(*command, "-o", "out.parquet")
    assert result.exit_code == 0, result.stderr
    frame = pd.read_parquet("out.parquet")
    assert frame["label"].tolist()[:2] == ["red", "blue"]
    assert pq.read_table("out.parquet").drop(["label"]).equals(pq.read_table("in.parquet"))
    assert "pass -o OUT.parquet" in jsdf(*command, "-o", "out.csv").stderr


@pytest.mark.parametrize("values", [[{"a": 1}], [[1, 2]], [5], [1.5]])
def test_other_columns_are_refused(workdir, values):
    pd.DataFrame({"text": values}).to_parquet("in.parquet")
    result = jsdf("plan", "in.parquet", *OPTIONS)
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: in.parquet: the column 'text' holds ")
