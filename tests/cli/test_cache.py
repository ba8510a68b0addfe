"""`jsdf cache` shows and clears the store."""

from pathlib import Path

from command_line import OPTIONS, jsdf, write_texts

from jsdf.store.location import store_path


def test_cache(workdir, serve):
    assert jsdf("cache", "path").stdout == f"{store_path()}\n"
    assert jsdf("cache", "info").stdout == f"{store_path()}: nothing is stored\n"
    assert jsdf("cache", "clear").stdout == "nothing is stored\n"
    assert not store_path().exists()
    serve()
    jsdf("classify", write_texts(40), *OPTIONS)
    facts = dict(line.split(maxsplit=1) for line in jsdf("cache", "info").stdout.splitlines()[1:3])
    assert facts == {"answers": "40", "refusals": "0"}
    refused = jsdf("cache", "clear", input="y\n")
    assert refused.exit_code == 1
    assert refused.stderr == f"jsdf: cache clear deletes {store_path()}; pass --yes to confirm it without a terminal\n"
    assert store_path().exists()
    assert jsdf("cache", "clear", "--yes").exit_code == 0
    assert not store_path().exists()


def test_a_corrupt_store_is_reported_and_can_be_cleared(workdir, serve):
    serve()
    store_path().parent.mkdir(parents=True)
    store_path().write_bytes(b"no database" * 1000)
    result = jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv")
    assert result.exit_code == 0
    assert result.stderr.startswith("jsdf: warning: the store ")
    assert Path(__file__).name not in result.stderr
    info = jsdf("cache", "info")
    assert (info.exit_code, len(info.stderr.splitlines())) == (1, 1)
    assert jsdf("cache", "clear", "--yes").exit_code == 0
