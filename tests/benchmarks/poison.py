"""Three samples of 3,200 make every request fail that contains them; then repeat the same call."""

from __future__ import annotations

from bench import LABELS, own_store, show, texts

ROWS, BAD = 3_200, (17, 1_234, 3_100)


def main() -> None:
    import jsdf
    from jsdf.testing import FakeService

    column = texts(ROWS)
    service = FakeService(latency=0.02, poison={column[i] for i in BAD})
    with own_store(), service.serve() as server:
        engine = jsdf.Hosted("test-key", server.url, rate=500)
        run = jsdf.run(column, LABELS, engine=engine, progress=False)
        again = jsdf.run(column, LABELS, engine=engine, progress=False)
        retried = run.retry()
    extra = run.usage.requests - ROWS // 32
    show("rows failed", run.counts["failed"], f"{len(BAD)}")
    show("the failed rows are those of the bad samples", tuple(run.failures["row"]) == BAD, "True")
    show("rows answered", f"{run.counts['answered']:,}", f"{ROWS - len(BAD):,}")
    show("extra requests per bad sample", f"{extra / len(BAD):.1f}", "at most 11")
    show("requests of a second run", again.usage.requests, "0: failures are stored")
    show("rows failed in the second run", again.counts["failed"], f"{len(BAD)}")
    show("requests of retry(), which sends them again", retried.usage.requests)


if __name__ == "__main__":
    main()
