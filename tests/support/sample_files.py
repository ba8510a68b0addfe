"""Files of all formats and dialects that `jsdf classify` reads, good and bad, for laws about all of them."""

import gzip
import io
import json

import pandas as pd

_QUOTES = 'text,n\n"one,\ntwo",1\n"three ""four""",2\n"a\n\nb\r\nc",3\n\n"Great" she said,4\n5" pipe,5\n'
_MIXED_ENDS = "id,text\r\n1,good\n2,bad\r\r\n3,fine\rly\r\n"
_ROWS = [{"text": "x", "n": 1.10}, {"n": None, "k": [1, {"a": "é"}]}, {"text": None}, {"text": "y", "later": True}, {}]

#: Texts of CSV and TSV files that are well formed, by a name of their kind.
SEPARATED = {
    "plain": ("in.csv", "id,text,other\n007,NA,1.10\n008,null,\n009,,x\n010,great,\n"),
    "no last line end": ("in.csv", "text\ngood\nbad"),
    "header only": ("in.csv", "text,n\n"),
    "header without end": ("in.csv", '"text"'),
    "blank lines": ("in.csv", "\n \ntext\ngood\n\nbad\n   \nfine\n"),
    "only blank rows": ("in.csv", "text\n\n\n\n"),
    "windows": ("in.csv", "text\r\ngood\r\n\r\nbad\r\n"),
    "carriage returns": ("in.csv", 'text,n\rgood,1\r\r"bad\rly",2\rfi\nne,3\r'),
    "carriage returns and line feed": ("in.csv", "a\rtext\rb\n"),
    "returns before line feeds": ("in.csv", "text\r\r\ngood\r\r\nbad\r\r\n"),
    "mixed ends": ("in.csv", _MIXED_ENDS),
    "quotes": ("in.csv", _QUOTES),
    "all quoted": ("in.csv", '"id","text"\n"1","a"\n"2","b, c"\n"3","d"\n'),
    "short rows": ("in.csv", "id,text,n\n1,good\nmore\n2,bad,3\n"),
    "surplus": ("in.csv", 'id,text\n1,good,,\n2,bad,""\n3,fine\n'),
    "same name twice": ("in.csv", "n,text,n\n1,good,2\n3,bad,4\n"),
    "formulas": ("in.csv", "text,n\n=1+1,-5\n@a,+3.2\nfine,1\n"),
    "tabs": ("in.tsv", 'id\ttext\n1\t"good\n2\tbad "x"\n3\tfine\n'.replace('"good', "good")),
    "nul and long": ("in.csv", f"text\na\0b\n{'x' * 140_000}\nend\n"),
    "odd characters": ("in.csv", "text\na\x0bb\x0cc\x85d\u2028e\x1cf\nü\n"),
    "repeated": ("in.csv", "text,n\n" + "".join(f"text {i % 5},{i}\n" for i in range(60))),
}
#: Texts of JSON lines.
LINES = {
    "objects": ("in.jsonl", "\n\n".join(map(json.dumps, _ROWS)) + "\n"),
    "no last line end": ("in.ndjson", '{"text":"x","n":1e400}\r\n{"text":"y","k":1,"k":2 }'),
    "blank last line": ("in.jsonl", '{"text": "x"}\n  \n'),
    "surrogates": ("in.jsonl", '{"text": "\\ud800 \\u00e9"}\n{"text": "é", "\\ud801": 1}\n'),
    "late text": ("in.jsonl", '{"n": 1}\n{"n": 2}\n{"n": 3}\n{"text": "x"}\n'),
}
#: Files that are refused, with the reason in the last record.
REFUSED = {
    "empty": ("in.csv", ""),
    "mark only": ("in.csv", "\ufeff"),
    "blanks": ("in.csv", "\r\n \n"),
    "other column": ("in.csv", "id,review\n1,x\n"),
    "other separator": ("in.csv", 'id;text\n1;"good, really"\n'),
    "column twice": ("in.csv", "text,text\na,b\n"),
    "column of labels": ("in.csv", "text,label\na,b\n"),
    "too many fields": ("in.csv", "text,n\na,1\nb,2\nc,3\nd,4,5\n"),
    "too many fields in one column": ("in.csv", "text\na\nb\nc\nd, e\n"),
    "never closed": ("in.csv", 'id,text\n1,good\n2,bad\n3,"fine\n4,so so\n'),
    "closed too late": ("in.csv", 'text,n\nx,1\n"good,2\n"bad" really,3\n'),
    "not doubled": ("in.csv", 'id,text\n0,x\n1,"they said, "great", twice"\n'),
    "lines in tabs": ("in.tsv", 'id\ttext\n0\tx\n1\t"good\n2\tbad"\n'),
    "mixture": ("in.csv", "text\na\nb\nc\ncat.jpg\n"),
    "not JSON": ("in.jsonl", '{"text": "x"}\n{"text": "y"}\n{"text": "z"\n'),
    "no object": ("in.jsonl", '{"text": "x"}\n\n["y"]\n'),
    "no text": ("in.jsonl", '{"text": 5}\n{"text": "x"}\n{"text": "y"}\n'),
    "no text before no JSON": ("in.jsonl", '{"text": 5}\n{"text": "x"}\nno\n'),
    "no key": ("in.jsonl", '{"a": 5}\n{"b": "x"}\n'),
    "no lines": ("in.jsonl", "\n\n"),
}


def parquet_files():
    """Return Parquet files by name; they need pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def saved(table, **options):
        file = io.BytesIO()
        pq.write_table(pa.table(table) if isinstance(table, dict) else table, file, **options)
        return file.getvalue()

    frame = pd.DataFrame(
        {
            "text": ["x", None, "y", "", "z"],
            "n": pd.array([1, None, 3, 4, 5], "Int64"),
            "when": pd.to_datetime(["2020-01-01", None, "2021-01-01", None, None]),
            "kind": pd.Categorical(["u", None, "v", "u", "w"]),
            "deep": [{"a": [1]}, None, {"a": []}, {"a": [2]}, None],
        }
    )
    index = frame.set_index(pd.Index(list("pqrst"), name="key"))
    types = {"text": pa.array(list("abcde"), pa.large_string()), "day": pa.array([1, 2, None, 4, 5], pa.date32())}
    return {
        "frame": saved(pa.Table.from_pandas(frame)),
        "index": saved(pa.Table.from_pandas(index)),
        "range": saved(pa.Table.from_pandas(frame.set_index(pd.RangeIndex(10, 20, 2)))),
        "row groups": saved(pa.Table.from_pandas(frame), row_group_size=2),
        "no rows": saved(pa.Table.from_pandas(frame.iloc[:0])),
        "types": saved(types),
        "dictionary": saved({"text": pa.array(["x", None, "y", "x"]).dictionary_encode()}),
        "bytes": saved({"text": list("abc"), "thumb": [None, None, b"\x89"]}),
        "no texts": saved({"text": [None, None, 5]}),
        "twice": saved(pa.table([["x"], ["y"]], names=["text", "text"])),
    }


def encoded(text, name, encoding="utf-8"):
    """Return the content of a file of this name."""
    content = text.encode(encoding)
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content
